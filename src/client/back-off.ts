const firstMs = 200;
const maxMs = 30_000;
/** A connection that lasted so long was a good one. */
const goodMs = 10_000;

/** What a server asks for is heeded within these: neither a hot loop nor a client that never comes back. */
const minAskedMs = 100;
const maxAskedMs = 60 * 60 * 1_000;

/** How long to wait when the server asked for so many seconds (`Retry-After`). */
export function askedMs(retryAfterS: number): number {
  return Math.min(Math.max(retryAfterS * 1_000, minAskedMs), maxAskedMs);
}

/**
 * How long to wait before connecting again: drawn from 0 to a bound that doubles with each failure, so that the clients
 * of a server that was away do not come back at the same time.
 */
export class BackOff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` gives numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** After a connection that let its user in for `onlineMs`, 0 if it did not; at least what the server asked for. */
  nextMs(onlineMs: number, retryAfterS?: number): number {
    if (onlineMs >= goodMs) this.#failures = 0;
    const boundMs = Math.min(maxMs, firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return (retryAfterS === undefined ? 0 : askedMs(retryAfterS)) + this.#random() * boundMs;
  }
}
