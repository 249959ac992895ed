import { wireLimits } from '../../protocol/limits.ts';
import { decodeUtf8 } from '../../protocol/text.ts';
import { LineSource } from '../line-source.ts';
import { PlainScreen } from '../plain-screen.ts';
import type { Dialogue } from './dialogue.ts';

/** A dialogue through pipes. It does not show its questions, so that the output holds only answers. */
export class PipedDialogue implements Dialogue {
  readonly isWithPerson = false;
  readonly screen = new PlainScreen(process.stdout, process.stderr, process.env);
  readonly #lines = new LineSource(process.stdin, wireLimits.textBytes);
  readonly #leaving: AbortSignal;
  #number = 0;

  constructor(leaving: AbortSignal) {
    this.#leaving = leaving;
    leaving.addEventListener('abort', () => this.#lines.stop());
  }

  async ask(): Promise<string | undefined> {
    const line = await this.#lines.next();
    if (line === undefined || this.#leaving.aborted) return undefined;
    this.#number += 1;
    const text = line === 'too-long' ? undefined : decodeUtf8(line);
    if (text !== undefined) return text;
    const problem = line === 'too-long' ? `has more than ${wireLimits.textBytes} bytes` : 'is not UTF-8 text';
    this.screen.problem(`Line ${this.#number} ${problem}; it counts as empty.`);
    return '';
  }

  forgetTypedAhead(): void {}

  close(): void {
    // An open pipe would keep the process alive.
    process.stdin.destroy();
  }
}
