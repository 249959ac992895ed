/**
 * The address groups from which accounts were logged in, and whose login was the last from each. It is kept in memory
 * alone, and has a bound: the address with the oldest login goes first.
 */
export class KnownAddresses {
  readonly #most: number;
  /** Account by address, in the order of the last login. */
  readonly #accounts = new Map<string, string>();

  constructor(most: number) {
    this.#most = most;
  }

  add(address: string, account: string): void {
    this.#accounts.delete(address);
    this.#accounts.set(address, account);
    if (this.#accounts.size <= this.#most) return;
    const [oldest] = this.#accounts.keys();
    if (oldest !== undefined) this.#accounts.delete(oldest);
  }

  /** The account that was logged in last from there; undefined for strangers. */
  accountOf(address: string): string | undefined {
    return this.#accounts.get(address);
  }
}
