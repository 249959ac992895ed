import type { Logger } from 'pino';
import type { Clock } from '../scheduling/clock.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/**
 * The clock's time, unless it seems wrong: a clock that is more than a day ahead of what the last trusted time predicts
 * is trusted only after an hour. Until then the operator can set it right, also with a restart, because `lastMs` still
 * returns the old time.
 */
export class TrustedTime {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #lastMs: number;
  /** When `#lastMs` was read, by the monotonic clock. */
  #atMs: number;
  /** Since when the clock has been ahead, by the monotonic clock. */
  #aheadSinceMs: number | undefined;

  /** `lastRunMs` is the last time that the previous server trusted; without it the clock is trusted. */
  constructor(clock: Clock, logger: Logger, lastRunMs: number | undefined) {
    this.#clock = clock;
    this.#logger = logger;
    this.#lastMs = lastRunMs ?? clock.nowMs();
    this.#atMs = clock.monotonicMs();
  }

  /** Returns milliseconds since 1970; undefined while the clock is not trusted. Call it more than once a day. */
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
  'the clock is more than a day ahead of the last trusted time; nothing expired is deleted for an hour: ' +
  'if the clock is wrong, set it right';
