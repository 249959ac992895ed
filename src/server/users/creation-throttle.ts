import type { Limits } from '../../protocol/limits.ts';
import { AddressTable } from '../../scheduling/address-table.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { RateLimit } from '../../scheduling/rate-limit.ts';

const hourS = 3600;

/** Limits how many accounts are created, from one address and in all. Each costs a hash now, and a name for good. */
export class CreationThrottle {
  readonly #all: RateLimit;
  readonly #addresses: AddressTable<RateLimit>;

  constructor(clock: Clock, limits: Limits) {
    const { accountsPerHour, accountsPerAddressPerHour, loopbackFactor } = limits;
    this.#all = new RateLimit(clock, accountsPerHour / hourS, accountsPerHour);
    this.#addresses = new AddressTable(
      loopbackFactor,
      (factor) => {
        const perHour = accountsPerAddressPerHour * factor;
        return new RateLimit(clock, perHour / hourS, perHour);
      },
      (rate) => rate.isFull,
    );
  }

  /** Counts one account from `address` (see `addressGroup`), or returns after how many seconds one may be created. */
  begin(address: string, isLoopback: boolean): { readonly retryAfterS: number } | undefined {
    const own = this.#addresses.of(address, isLoopback);
    const delayMs = Math.max(own.delayMs(), this.#all.delayMs());
    if (delayMs > 0) return { retryAfterS: Math.ceil(delayMs / 1000) };
    own.spend();
    this.#all.spend();
    return undefined;
  }

  /** No account was created: the one that `begin` counted no longer counts. */
  giveBack(address: string, isLoopback: boolean): void {
    this.#addresses.of(address, isLoopback).spend(-1);
    this.#all.spend(-1);
  }
}
