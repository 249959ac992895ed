import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock, Timer } from '../scheduling/clock.ts';
import type { TrustedTime } from './trusted-time.ts';

const lookEveryMs = 1_000;
/** The time is written at least this often, even when no message comes. */
const writeEveryMs = 60 * 60 * 1_000;

/** The epoch and head of a log. */
export interface Mark {
  readonly epoch: string;
  readonly head: number;
}

/** The mark that the last server wrote. */
export interface WrittenMark extends Mark {
  /** Its last trusted time, milliseconds since 1970; undefined when it did not write one. */
  readonly timeMs: number | undefined;
}

/** Returns the mark in `file`; undefined when there is none that can be read. */
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
 * Writes the log's head to a file beside it, at most a second late. A log that ends before this mark has lost
 * acknowledged messages, which the log itself cannot show.
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

  /** Writes the mark now, and then every second if it has changed, until stopped. */
  follow(log: Mark): void {
    this.#write(log);
    this.#timer = this.#clock.after(lookEveryMs, () => this.follow(log));
  }

  stop(log: Mark): void {
    this.#timer?.cancel();
    this.#write(log);
  }

  /** Best effort: without the mark a loss may go unnoticed, but no message is lost by that. */
  #write({ epoch, head }: Mark): void {
    const timeMs = Math.floor(this.#time.lastMs);
    // A clock that was set back is written at once.
    const isRecent = timeMs >= this.#writtenMs && timeMs < this.#writtenMs + writeEveryMs;
    if (head === this.#written && isRecent) return;
    try {
      writeFileSync(`${this.#file}.new`, `${JSON.stringify({ epoch, head, timeMs })}\n`, { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
      this.#written = head;
      this.#writtenMs = timeMs;
    } catch {
      // The disk may be full.
    }
  }
}
