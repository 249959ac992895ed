import type { Limits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { addressGroup } from '../../transport/address-group.ts';
import { FailureTable } from './failure-table.ts';

export type ThrottleDecision =
  /** Go ahead; tell with `failed`, `succeeded` or `withdrawn` what became of it. */
  | { readonly kind: 'go' }
  /** As many are under way as may fail: what they come to decides. */
  | { readonly kind: 'busy' }
  /** Too many failed: not before so many seconds. */
  | { readonly kind: 'later'; readonly seconds: number };

/**
 * How often a password may be guessed: for an account from one address, and from one address at all. So whoever guesses
 * keeps nobody out but those who share the address with them. Attempts count while they are under way, so many at once
 * are no way around. What is remembered has a bound; the oldest is forgotten first.
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

  /** Nobody has looked at the password. */
  withdrawn(name: string, address: string): void {
    const { account, group } = keys(name, address);
    this.#accounts.end(account);
    this.#addresses.end(group);
  }

  /** How many pairs and addresses are remembered. */
  get entries(): { readonly accounts: number; readonly addresses: number } {
    return { accounts: this.#accounts.size, addresses: this.#addresses.size };
  }
}

function keys(name: string, address: string): { readonly account: string; readonly group: string } {
  const group = addressGroup(address);
  return { account: `${name} ${group}`, group };
}
