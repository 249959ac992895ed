import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock, Timer } from '../clock.ts';

const writeEveryMs = 1_000;

/** How far a log had come. */
export interface Mark {
  readonly epoch: string;
  readonly head: number;
}

/**
 * Keeps beside the log how far it has come, a second late at the most: a log that is found behind that has lost what was
 * acknowledged, which nothing in the log itself can tell.
 */
export class HighWaterMark {
  readonly #file: string;
  readonly #clock: Clock;
  #written = 0;
  #timer: Timer | undefined;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** What was written by the last server; undefined when there is nothing that can be read. */
  read(): Mark | undefined {
    try {
      const mark: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (typeof mark !== 'object' || mark === null || !('epoch' in mark && 'head' in mark)) return undefined;
      const { epoch, head } = mark;
      return typeof epoch === 'string' && Number.isSafeInteger(head)
        ? { epoch, head: Number(head) }
        : undefined;
    } catch {
      return undefined;
    }
  }

  /** Follows `log` until it is stopped. */
  follow(log: Mark): void {
    this.#write(log);
    this.#timer = this.#clock.after(writeEveryMs, () => this.follow(log));
  }

  stop(log: Mark): void {
    this.#timer?.cancel();
    this.#write(log);
  }

  /** Best effort: without the mark a loss goes unnoticed, and nothing is lost by that. */
  #write({ epoch, head }: Mark): void {
    if (head === this.#written) return;
    try {
      writeFileSync(`${this.#file}.new`, `${JSON.stringify({ epoch, head })}\n`, { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
      this.#written = head;
    } catch {
      // The disk is full, for one.
    }
  }
}
