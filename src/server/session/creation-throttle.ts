import type { Clock } from '../../clock.ts';
import type { Limits } from '../../protocol/limits.ts';
import { RateLimit } from '../../rate-limit.ts';

const hourS = 3600;
/** Addresses that are remembered; those beyond share what one may do. */
const maxAddresses = 20_000;

/** How many accounts may be made: from one address, and in all. Each costs a hash now, and a name for good. */
export class CreationThrottle {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #all: RateLimit;
  readonly #addresses = new Map<string, RateLimit>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#all = new RateLimit(clock, limits.accountsPerHour / hourS, limits.accountsPerHour);
  }

  /** Counts one account from `address` (see `addressGroup`); or gives after how many seconds one may be made. */
  begin(address: string, isLoopback: boolean): { readonly retryAfterS: number } | undefined {
    const own = this.#of(address, isLoopback);
    const delayMs = Math.max(own.delayMs(), this.#all.delayMs());
    if (delayMs > 0) return { retryAfterS: Math.ceil(delayMs / 1000) };
    own.spend();
    this.#all.spend();
    return undefined;
  }

  #of(address: string, isLoopback: boolean): RateLimit {
    if (!this.#addresses.has(address) && this.#addresses.size >= maxAddresses) {
      for (const [other, rate] of this.#addresses) if (rate.isRested) this.#addresses.delete(other);
    }
    const key = this.#addresses.has(address) || this.#addresses.size < maxAddresses ? address : 'others';
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const perHour = this.#limits.accountsPerAddressPerHour * (isLoopback ? this.#limits.loopbackFactor : 1);
    const rate = new RateLimit(this.#clock, perHour / hourS, perHour);
    this.#addresses.set(key, rate);
    return rate;
  }
}
