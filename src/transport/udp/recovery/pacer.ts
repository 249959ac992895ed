/**
 * Spreads packets over time at a rate. Timers of operating systems wake late by up to a millisecond or two; what the
 * pacer could not send meanwhile, it sends then.
 */
const latenessMs = 2.5;

export class Pacer {
  #budget = 0;
  #atMs = -Infinity;

  /** Whether a packet may leave now, at `rate` bytes per millisecond. */
  allows(nowMs: number, rate: number, burst: number): boolean {
    const most = Math.max(burst, latenessMs * rate);
    const earned = this.#atMs === -Infinity ? most : (nowMs - this.#atMs) * rate;
    this.#budget = Math.min(most, this.#budget + earned);
    this.#atMs = nowMs;
    return this.#budget > 0;
  }

  spend(bytes: number): void {
    this.#budget -= bytes;
  }

  /** When a burst may leave again. */
  readyMs(rate: number, burst: number): number {
    return this.#atMs + Math.max(0, burst - this.#budget) / rate;
  }
}
