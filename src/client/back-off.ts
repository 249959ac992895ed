const firstMs = 200;
const maxMs = 30_000;
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
 * each failure, so that the clients of a restarted server do not all reconnect at once.
 */
export class BackOff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` returns numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Returns the next delay, `retryAfterS` included. `onlineMs`: how long the last connection was logged in, or 0. */
  nextMs(onlineMs: number, retryAfterS?: number): number {
    if (onlineMs >= goodMs) this.#failures = 0;
    const boundMs = Math.min(maxMs, firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return (retryAfterS === undefined ? 0 : askedMs(retryAfterS)) + this.#random() * boundMs;
  }
}
