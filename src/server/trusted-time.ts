import type { Logger } from 'pino';
import type { Clock } from '../scheduling/clock.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/**
 * The time of the clock, unless that is wrong: when it is more than a day ahead of what it should show, by the last time
 * that was trusted, it is not trusted until it has been so for an hour. Who set it wrong can set it right until then, also
 * by a restart: until then the old time is the one to note.
 */
export class TrustedTime {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #lastMs: number;
  /** When that was, by the monotonic clock. */
  #atMs: number;
  /** Since when the clock has been ahead, by the monotonic clock. */
  #aheadSinceMs: number | undefined;

  /** `lastRunMs` is the last time that the server before this one trusted; without it the clock is trusted. */
  constructor(clock: Clock, logger: Logger, lastRunMs: number | undefined) {
    this.#clock = clock;
    this.#logger = logger;
    this.#lastMs = lastRunMs ?? clock.nowMs();
    this.#atMs = clock.monotonicMs();
  }

  /** Milliseconds since 1970; undefined while the clock is not trusted. To be asked more often than once a day. */
  nowMs(): number | undefined {
    const nowMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const aheadMs = nowMs - this.#lastMs - (monotonicMs - this.#atMs);
    if (aheadMs > dayMs) {
      if (this.#aheadSinceMs === undefined) {
        this.#aheadSinceMs = monotonicMs;
        this.#logger.warn({ aheadDays: Math.round(aheadMs / dayMs) }, clockJumped);
      }
      if (monotonicMs - this.#aheadSinceMs < hourMs) return undefined;
    }
    this.#aheadSinceMs = undefined;
    this.#lastMs = nowMs;
    this.#atMs = monotonicMs;
    return nowMs;
  }

  /** The last time that was trusted, milliseconds since 1970. */
  get lastMs(): number {
    return this.nowMs() ?? this.#lastMs;
  }
}

const clockJumped =
  'the clock is ahead of when the server last ran by more than a day; nothing old is removed for an hour: ' +
  'if the clock is wrong, set it right';
