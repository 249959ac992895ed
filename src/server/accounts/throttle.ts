import type { Limits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { addressGroup } from '../../transport/address-group.ts';
import { FailureTable } from './failure-table.ts';

export type ThrottleDecision =
  /** Go ahead, then report the outcome with `failed`, `succeeded` or `withdrawn`. */
  | { readonly kind: 'go' }
  /** As many attempts are under way as may fail; their outcome decides about further ones. */
  | { readonly kind: 'busy' }
  /** Too many failed: try again after `seconds`. */
  | { readonly kind: 'later'; readonly seconds: number };

/**
 * Limits how often passwords may be guessed: for each pair of account and address, and for each address. Guessing therefore
 * locks out only users of the same address. Attempts count while they are under way, so parallel ones do not evade the
 * limit. The tables are bounded; the least recently used entry is dropped first.
 */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #accounts: FailureTable;
  readonly #addresses: FailureTable;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#accounts = new FailureTable({
      failures: limits.loginFailures,
      windowMs: limits.loginFailuresMs,
      firstWaitMs: limits.loginWaitMs,
      maxWaitMs: limits.loginMostWaitMs,
      entries: limits.loginTableEntries,
    });
    this.#addresses = new FailureTable({
      failures: limits.addressFailures,
      windowMs: limits.addressFailuresMs,
      firstWaitMs: limits.addressWaitMs,
      maxWaitMs: undefined,
      entries: limits.loginTableEntries,
    });
  }

  begin(name: string, address: string): ThrottleDecision {
    const { account, group } = keys(name, address);
    const nowMs = this.#clock.monotonicMs();
    const waitMs = Math.max(this.#accounts.waitMs(account, nowMs), this.#addresses.waitMs(group, nowMs));
    if (waitMs > 0) return { kind: 'later', seconds: Math.ceil(waitMs / 1000) };
    if (!this.#accounts.hasRoom(account, nowMs) || !this.#addresses.hasRoom(group, nowMs)) {
      return { kind: 'busy' };
    }
    this.#accounts.begin(account);
    this.#addresses.begin(group);
    return { kind: 'go' };
  }

  failed(name: string, address: string): void {
    const { account, group } = keys(name, address);
    const nowMs = this.#clock.monotonicMs();
    this.#accounts.failed(account, nowMs);
    this.#addresses.failed(group, nowMs);
  }

  /** Forgets the failures for this account from this address. */
  succeeded(name: string, address: string): void {
    const { account, group } = keys(name, address);
    this.#accounts.end(account);
    this.#accounts.forget(account);
    this.#addresses.end(group);
  }

  /** The password was not checked. */
  withdrawn(name: string, address: string): void {
    const { account, group } = keys(name, address);
    this.#accounts.end(account);
    this.#addresses.end(group);
  }

  /** Sizes of the tables. */
  get entries(): { readonly accounts: number; readonly addresses: number } {
    return { accounts: this.#accounts.size, addresses: this.#addresses.size };
  }
}

function keys(name: string, address: string): { readonly account: string; readonly group: string } {
  const group = addressGroup(address);
  return { account: `${name} ${group}`, group };
}
