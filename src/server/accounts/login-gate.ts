import type { Limits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { addressGroup } from '../../transport/address-group.ts';
import type { PasswordAnswer } from './accounts.ts';
import { KnownAddresses } from './known-addresses.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { LoginThrottle } from './throttle.ts';

/** What stands before each check of a password: the throttle of guesses, and the queue for the hasher. */
export class LoginGate {
  readonly #hasher: PasswordHasher;
  readonly #throttle: LoginThrottle;
  readonly #knownAddresses: KnownAddresses;

  constructor(hasher: PasswordHasher, clock: Clock, limits: Limits) {
    this.#hasher = hasher;
    this.#throttle = new LoginThrottle(clock, limits);
    this.#knownAddresses = new KnownAddresses(limits.loginTableEntries);
  }

  /** An account logged in from this address. */
  know(name: string, address: string): void {
    this.#knownAddresses.add(addressGroup(address), name);
  }

  /** `work` checks a password of `name`: it resolves with the generation of it, or undefined when it is wrong. */
  async pass(
    name: string,
    address: string,
    work: () => Promise<number | undefined>,
  ): Promise<PasswordAnswer> {
    const admission = this.#throttle.begin(name, address);
    if (admission.kind !== 'go') return admission;
    let generation: number | undefined;
    try {
      const group = addressGroup(address);
      // Only the address decides: the duration of an answer must reveal nothing about the name.
      const turn = this.#hasher.inTurn(work, group, this.#knownAddresses.accountOf(group));
      if (turn === undefined) {
        this.#throttle.withdrawn(name, address);
        return { kind: 'busy' };
      }
      generation = await turn;
    } catch (error) {
      this.#throttle.withdrawn(name, address);
      throw error;
    }
    if (generation === undefined) {
      this.#throttle.failed(name, address);
      return { kind: 'wrong' };
    }
    this.#throttle.succeeded(name, address);
    return { kind: 'ok', generation };
  }
}
