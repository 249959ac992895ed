import type { Clock } from './clock.ts';

/** A token bucket: `burst` messages at once, then `perSecond`. A rate of 0 limits nothing. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #updatedMs: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#updatedMs = clock.monotonicMs();
  }

  /** Whether at least half of the burst is available again. */
  get isRested(): boolean {
    this.#earn();
    return this.#tokens * 2 >= this.#burst;
  }

  /** Whether the whole burst is available again, as in a new one. */
  get isFull(): boolean {
    this.#earn();
    return this.#tokens === this.#burst;
  }

  /** Returns the milliseconds until one more message is within the rate; 0 when it is already. */
  delayMs(): number {
    if (this.#perSecond === 0) return 0;
    this.#earn();
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#perSecond) * 1000;
  }

  /** Takes tokens for one message, or `amount` of them. That may be more than there are: `delayMs` then grows. */
  spend(amount = 1): void {
    if (this.#perSecond > 0) this.#tokens -= amount;
  }

  #earn(): void {
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#updatedMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    this.#updatedMs = nowMs;
  }
}
