import type { Clock } from '../../clock.ts';
import type { Limits } from '../../protocol/limits.ts';
import { RateLimit } from '../../rate-limit.ts';

/** Users remembered before those who are within their rate are forgotten. */
const mostRemembered = 10_000;

/** What each user may send, and how long their messages have been held back for it; leaving does not clear it. */
export class UserRates {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #perSecond: number;
  readonly #rates = new Map<string, UserRate>();

  /** `perSecond` in messages a second; 0 is no limit. */
  constructor(clock: Clock, limits: Limits, perSecond: number) {
    this.#clock = clock;
    this.#limits = limits;
    this.#perSecond = perSecond;
  }

  of(name: string): UserRate {
    const known = this.#rates.get(name);
    if (known !== undefined) return known;
    if (this.#rates.size >= mostRemembered) this.#forgetRested();
    const bucket = new RateLimit(this.#clock, this.#perSecond, this.#limits.messageBurst);
    const rate = new UserRate(bucket, this.#limits.rateDelayMs);
    this.#rates.set(name, rate);
    return rate;
  }

  #forgetRested(): void {
    for (const [name, rate] of this.#rates) if (rate.isRested) this.#rates.delete(name);
  }
}

/**
 * One user's rate. A message over it is held back until it is within it; who goes on sending too fast until that has
 * taken `mostHeldMs` in all is refused, until they have been quiet for a while.
 */
export class UserRate {
  readonly #bucket: RateLimit;
  readonly #mostHeldMs: number;
  #heldMs = 0;

  constructor(bucket: RateLimit, mostHeldMs: number) {
    this.#bucket = bucket;
    this.#mostHeldMs = mostHeldMs;
  }

  get isRested(): boolean {
    return this.#bucket.isRested;
  }

  /** For how long one message more would be over the rate, in milliseconds. */
  delayMs(): number {
    return this.#bucket.delayMs();
  }

  /** For how long to hold one message more back, in milliseconds; or that it is refused. */
  hold(): number | 'refused' {
    if (this.#bucket.isRested) this.#heldMs = 0;
    const delayMs = this.#bucket.delayMs();
    if (delayMs === 0) return 0;
    if (this.#heldMs + delayMs > this.#mostHeldMs) return 'refused';
    this.#heldMs += delayMs;
    return delayMs;
  }

  /** Counts one message. */
  spend(): void {
    this.#bucket.spend();
  }
}
