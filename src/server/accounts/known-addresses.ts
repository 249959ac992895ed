/**
 * The address groups from which accounts logged in, and the account of the last login from each. In memory only, and
 * bounded: the address with the oldest login is dropped first.
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

  /** Returns the account that logged in last from there; undefined if none did. */
  accountOf(address: string): string | undefined {
    return this.#accounts.get(address);
  }
}
