import type { Attention } from '../../src/terminal/attention.ts';
import type { Line } from '../../src/terminal/line.ts';
import type { Screen } from '../../src/terminal/screen.ts';

/** A screen that remembers what it was told, for conversations without a terminal. */
export class FakeScreen implements Screen {
  readonly isTerminal = true;
  /** Everything that was printed, in order, without the times. */
  readonly lines: string[] = [];
  readonly statuses: string[] = [];
  readonly calls: Attention[] = [];
  rows: readonly string[] = [];
  isFocused: boolean | undefined;

  show(line: Line | string): void {
    const spans = typeof line === 'string' ? [{ text: line }] : line;
    this.lines.push(
      spans
        .filter(({ style }) => style !== 'time')
        .map(({ text }) => text)
        .join(''),
    );
  }

  notice(text: string): void {
    this.lines.push(text);
  }

  problem(text: string): void {
    this.lines.push(text);
  }

  status(text: string): void {
    this.statuses.push(text);
  }

  pending(rows: readonly string[]): void {
    this.rows = rows;
  }

  attention(what: Attention): void {
    this.calls.push(what);
  }

  close(): void {}
}
