import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemProblem } from '../../../client/system-error.ts';
import { makeFoldersNow } from '../../../client-node/make-folders.ts';
import { hasControlCharacter } from '../../../protocol/text.ts';
import { historyLines } from '../../editor/history.ts';
import type { LineHistory } from '../../prompt-options.ts';

/** The end of the file that is read. */
const maxBytes = 1024 * 1024;
/** A file with more lines is written anew with the last ones. */
const maxFileLines = 2 * historyLines;
const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** Private messages, and whatever looks as if it was meant to be one. */
const privateLine = /^\s*[!/]+\s*(?:msg|password|passwd|pm|query|tell|whisper|w)(?![A-Za-z])/i;

/**
 * A file with the lines that were typed at the prompt, one a line, the newest last, readable by its owner only. Several
 * processes may use it at the same time: each appends. Whatever fails here is told once and never stops a chat.
 */
export class HistoryFile implements LineHistory {
  readonly lines: readonly string[];
  readonly #path: string;
  readonly #onProblem: (problem: string) => void;
  #hasFailed = false;

  /** Reads the file. Calls `onProblem` at most once, with the reason for people. */
  constructor(path: string, onProblem: (problem: string) => void) {
    this.#path = path;
    this.#onProblem = onProblem;
    this.lines = this.#attempt(() => (existsSync(path) ? this.#read() : [])) ?? [];
  }

  /** Appends a line, unless it is private. */
  add(line: string): void {
    if (line.trim() === '' || hasControlCharacter(line.replaceAll('\t', ' ')) || privateLine.test(line))
      return;
    this.#attempt(() => {
      makeFoldersNow(dirname(this.#path));
      this.#use(O_WRONLY | O_APPEND | O_CREAT, (file) => writeSync(file, `${line}\n`));
    });
  }

  #read(): string[] {
    let isCut = false;
    const text = this.#use(O_RDONLY, (file) => {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, maxBytes));
      isCut = size > maxBytes;
      const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8', 0, read);
    });
    const found = text.split('\n').slice(isCut ? 1 : 0, -1);
    // A damaged file: what is no text, and the end of a line that was not written whole, is left out.
    const sound = found.filter((line) => line !== '' && !hasControlCharacter(line.replaceAll('\t', ' ')));
    const lines = sound.slice(-historyLines);
    const isTorn = text !== '' && !text.endsWith('\n');
    if (isCut || isTorn || found.length > maxFileLines) this.#rewrite(lines);
    return lines;
  }

  /** Replaces the file. A line that another process appends at the same moment may be lost. */
  #rewrite(lines: readonly string[]): void {
    const temporary = `${this.#path}.${randomBytes(6).toString('hex')}`;
    try {
      writeFileSync(temporary, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flag: 'wx' });
      renameSync(temporary, this.#path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  #use<T>(flags: number, use: (file: number) => T): T {
    // Opening something else than a file, such as a named pipe, must not wait.
    const file = openSync(this.#path, flags | O_NONBLOCK, 0o600);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw new Error('it is not a file');
      if ((stat.mode & 0o077) !== 0) fchmodSync(file, 0o600);
      return use(file);
    } finally {
      closeSync(file);
    }
  }

  #attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (this.#hasFailed) return undefined;
      this.#hasFailed = true;
      this.#onProblem(
        `The history of what you type cannot be kept in ${this.#path}: ${systemProblem(error)}`,
      );
      return undefined;
    }
  }
}
