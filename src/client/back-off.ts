const firstMs = 200;
/** The bound of the delay at first, so that people are back soon after a restart, and after `patientMs` of delays. */
const soonMs = 10_000;
const maxMs = 30_000;
const patientMs = 5 * 60_000;
/** A connection that lasts this long resets the back-off. */
const goodMs = 10_000;

/** Bounds for the delay that a server asks for, against a hot loop and against a client that never reconnects. */
const minAskedMs = 100;
const maxAskedMs = 60 * 60 * 1_000;

/** The delay in milliseconds for a server's `Retry-After` in seconds, within bounds. */
export function askedMs(retryAfterS: number): number {
  return Math.min(Math.max(retryAfterS * 1_000, minAskedMs), maxAskedMs);
}

/**
 * Exponential back-off with full jitter: the delay before a reconnect is random, from 0 to a bound that doubles with
 * each failure, so that the clients of a restarted server do not all reconnect at once. The bound stays at 10 s until
 * the delays add up to 5 minutes, and at 30 s from then on.
 */
export class BackOff {
  readonly #random: () => number;
  #failures = 0;
  #waitedMs = 0;

  /** `random` returns numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Returns the next delay, `retryAfterS` included. `onlineMs`: how long the last connection was logged in, or 0. */
  nextMs(onlineMs: number, retryAfterS?: number): number {
    if (onlineMs >= goodMs) {
      this.#failures = 0;
      this.#waitedMs = 0;
    }
    const mostMs = this.#waitedMs < patientMs ? soonMs : maxMs;
    const boundMs = Math.min(mostMs, firstMs * 2 ** this.#failures);
    this.#failures += 1;
    const delayMs = (retryAfterS === undefined ? 0 : askedMs(retryAfterS)) + this.#random() * boundMs;
    this.#waitedMs += delayMs;
    return delayMs;
  }
}
