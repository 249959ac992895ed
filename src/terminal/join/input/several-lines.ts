import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemProblem } from '../../../client/system-error.ts';
import { formatText } from '../../../protocol/commands/typed.ts';
import { isTextTooLong } from '../../../protocol/text.ts';
import type { Lines } from '../../editor/lines-question.ts';
import { counted, isBlank } from '../../lines.ts';
import type { SeveralLines } from '../../prompt-options.ts';
import { quotedPath } from './completion.ts';

/** The part of the prompt that this uses. */
interface LinesScreen {
  entered(text: string): void;
  draft(text: string): void;
  notice(text: string): void;
  problem(text: string): void;
}

const maxLines = 10_000;
const maxUnits = 1024 * 1024;
/** How many lines may wait for the server at the same time: the others can still be stopped. */
const maxWaiting = 16;

/**
 * Several lines at once: sends them as texts, one after the other, or makes a file of them for `!attach`. A line is
 * never a command, whatever it says.
 */
export class LinesAtOnce implements SeveralLines {
  readonly #screen: LinesScreen;
  readonly #obey: (line: string) => Promise<void>;
  readonly #folders: string[] = [];
  #queue: string[] = [];
  #total = 0;
  #isSending = false;

  /** `obey` executes a typed line; it resolves when the server has it, and never rejects. */
  constructor(screen: LinesScreen, obey: (line: string) => Promise<void>) {
    this.#screen = screen;
    this.#obey = obey;
  }

  asLines(lines: Lines): string | undefined {
    const typed = typedLines(lines);
    if (typed === undefined || typed.length > maxLines || lines.text.length > maxUnits) return undefined;
    if (typed.some(isTextTooLong)) return undefined;
    const to = recipientIn(lines.typed);
    return to === undefined ? 'Enter sends them as lines' : `Enter sends each to ${to}`;
  }

  send(lines: Lines): void {
    const typed = typedLines(lines) ?? [];
    this.#queue.push(...typed);
    this.#total += typed.length;
    if (this.#queue.length > maxWaiting) {
      this.#screen.notice(`Sending ${counted(this.#queue.length, 'line')}; Esc stops.`);
    }
    void this.#sendAll();
  }

  /** Stops what is not handed over yet, and says how many lines went. Returns false when there is nothing to stop. */
  cancel(): boolean {
    const left = this.#queue.length;
    if (left === 0) return false;
    this.#queue = [];
    this.#screen.problem(`Stopped after ${this.#total - left} of ${counted(this.#total, 'line')}.`);
    return true;
  }

  /** Writes the lines to a file, and makes an `!attach` of it that lacks only its terms. */
  makeFile({ text, typed }: Lines): void {
    // A command in front of a paste is not part of it.
    const content = typed !== text && /^\s*!(?!!)/u.test(typed) ? text.slice(typed.length) : text;
    try {
      const folder = mkdtempSync(join(tmpdir(), 'earshot-'));
      this.#folders.push(folder);
      const path = join(folder, 'paste.txt');
      writeFileSync(path, `${content}\n`, { mode: 0o600, flag: 'wx' });
      this.#screen.draft(`!attach ${quotedPath(path)} `);
    } catch (error) {
      this.#screen.problem(`There is no file of that: ${systemProblem(error)}`);
    }
  }

  /** Removes the files. Call it when none of them is being sent any more. */
  removeFiles(): void {
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }

  async #sendAll(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    const waiting = new Set<Promise<void>>();
    for (let line = this.#queue.shift(); line !== undefined; line = this.#queue.shift()) {
      this.#screen.entered(line);
      const sent: Promise<void> = this.#obey(line).finally(() => waiting.delete(sent));
      waiting.add(sent);
      while (waiting.size >= maxWaiting) await Promise.race(waiting);
    }
    this.#total = 0;
    this.#isSending = false;
  }
}

/**
 * Returns the lines as a user would have typed them one by one; undefined when they stand behind a command other than
 * `!msg NAME`, which is repeated for each.
 */
function typedLines({ text, typed }: Lines): string[] | undefined {
  const to = recipientIn(typed);
  if (to !== undefined) {
    const rest = text.replace(/^\s*!msg\s+\S+[^\S\n]*/u, '');
    return rest
      .split('\n')
      .filter((line) => !isBlank(line))
      .map((line) => `!msg ${to} ${line}`);
  }
  const start = typed.trimStart();
  const isEscaped = start.startsWith('!!');
  if (start.startsWith('!') && !isEscaped) return undefined;
  const lines = text.split('\n').map((line, index) => (index === 0 && isEscaped ? line : formatText(line)));
  return lines.filter((line) => !isBlank(line));
}

function recipientIn(typed: string): string | undefined {
  return /^\s*!msg\s+(\S+)(?:\s|$)/u.exec(typed)?.[1];
}
