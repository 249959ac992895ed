import type { Limits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { RateLimit } from '../../scheduling/rate-limit.ts';

/** Maximum number of users; beyond it those within their rate are forgotten. */
const maxRemembered = 10_000;

/** The rate limits of all users, by name. A user who leaves and comes back has the same one. */
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
    if (this.#rates.size >= maxRemembered) this.#forgetRested();
    const rate = this.create();
    this.#rates.set(name, rate);
    return rate;
  }

  /** Creates the same rate for a connection, whatever names are used on it. */
  create(): UserRate {
    const { messageBurst, messageBytesBurst, messageBytesPerSecond, rateDelayMs } = this.#limits;
    const bytesPerSecond = this.#perSecond === 0 ? 0 : messageBytesPerSecond;
    const messages = new RateLimit(this.#clock, this.#perSecond, messageBurst);
    const bytes = new RateLimit(this.#clock, bytesPerSecond, messageBytesBurst);
    return new UserRate(messages, bytes, rateDelayMs);
  }

  #forgetRested(): void {
    for (const [name, rate] of this.#rates) if (rate.isRested) this.#rates.delete(name);
    // Names cost nothing, so perhaps all of these are over their rate: the oldest go.
    for (const name of this.#rates.keys()) {
      if (this.#rates.size < maxRemembered) return;
      this.#rates.delete(name);
    }
  }
}

/**
 * One user's rate limit: token buckets of messages and of bytes. A message over it is held back until it is within it.
 * After `maxHeldMs` of this in all, messages over it are refused until the user has been quiet for a while. `Device` enforces
 * it: `postHeldBack` for CHAT/1.0 and verbs, `postOrRefuse` for CHAT/1.1 (429).
 */
export class UserRate {
  readonly #messages: RateLimit;
  readonly #bytes: RateLimit;
  readonly #maxHeldMs: number;
  #heldMs = 0;

  constructor(messages: RateLimit, bytes: RateLimit, maxHeldMs: number) {
    this.#messages = messages;
    this.#bytes = bytes;
    this.#maxHeldMs = maxHeldMs;
  }

  get isRested(): boolean {
    return this.#messages.isRested && this.#bytes.isRested;
  }

  /** Returns in how many milliseconds one more message is within the rate. */
  delayMs(): number {
    return Math.max(this.#messages.delayMs(), this.#bytes.delayMs());
  }

  /** Returns for how many milliseconds to hold back one more message, or that it is refused. */
  hold(): number | 'refused' {
    if (this.isRested) this.#heldMs = 0;
    const delayMs = this.delayMs();
    if (delayMs === 0) return 0;
    if (this.#heldMs + delayMs > this.#maxHeldMs) return 'refused';
    this.#heldMs += delayMs;
    return delayMs;
  }

  /** Counts one message of so many bytes. */
  spend(bytes = 0): void {
    this.#messages.spend();
    this.#bytes.spend(bytes);
  }
}
