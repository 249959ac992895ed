import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock, Timer } from '../scheduling/clock.ts';
import type { TrustedTime } from './trusted-time.ts';

const lookEveryMs = 1_000;
/** The time of a server to which nothing is said is noted too. */
const writeEveryMs = 60 * 60 * 1_000;

/** How far a log had come. */
export interface Mark {
  readonly epoch: string;
  readonly head: number;
}

/** What the last server noted. */
export interface WrittenMark extends Mark {
  /** The last time that it trusted, milliseconds since 1970; undefined from a server that did not note it. */
  readonly timeMs: number | undefined;
}

/** What the last server wrote into `file`; undefined when there is nothing that can be read. */
export function readMark(file: string): WrittenMark | undefined {
  try {
    const mark: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof mark !== 'object' || mark === null || !('epoch' in mark && 'head' in mark)) return undefined;
    const { epoch, head } = mark;
    if (typeof epoch !== 'string' || !Number.isSafeInteger(head)) return undefined;
    const timeMs = 'timeMs' in mark && Number.isSafeInteger(mark.timeMs) ? Number(mark.timeMs) : undefined;
    return { epoch, head: Number(head), timeMs };
  } catch {
    return undefined;
  }
}

/**
 * Keeps beside the log how far it has come, a second late at the most: a log that is found behind that has lost what was
 * acknowledged, which nothing in the log itself can tell.
 */
export class HighWaterMark {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #time: TrustedTime;
  #written = 0;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(file: string, clock: Clock, time: TrustedTime) {
    this.#file = file;
    this.#clock = clock;
    this.#time = time;
  }

  /** Follows `log` until it is stopped. */
  follow(log: Mark): void {
    this.#write(log);
    this.#timer = this.#clock.after(lookEveryMs, () => this.follow(log));
  }

  stop(log: Mark): void {
    this.#timer?.cancel();
    this.#write(log);
  }

  /** Best effort: without the mark a loss goes unnoticed, and nothing is lost by that. */
  #write({ epoch, head }: Mark): void {
    const timeMs = Math.floor(this.#time.lastMs);
    // A clock that goes back is noted at once.
    const isRecent = timeMs >= this.#writtenMs && timeMs < this.#writtenMs + writeEveryMs;
    if (head === this.#written && isRecent) return;
    try {
      writeFileSync(`${this.#file}.new`, `${JSON.stringify({ epoch, head, timeMs })}\n`, { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
      this.#written = head;
      this.#writtenMs = timeMs;
    } catch {
      // The disk is full, for one.
    }
  }
}
