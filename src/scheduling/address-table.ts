/** Addresses that are remembered; those beyond share one value. */
const maxRemembered = 20_000;
const allOthers = 'others';

/** What peers are held to by their address (see `addressGroup`), for as long as they used some of it. */
export class AddressTable<Value> {
  readonly #loopbackFactor: number;
  readonly #create: (factor: number) => Value;
  readonly #isRested: (value: Value) => boolean;
  readonly #values = new Map<string, Value>();

  /**
   * `create` is told how many times as much as others an address may have: `loopbackFactor` if it is of this machine, where
   * tunnels and proxies end, else 1. `isRested`: a new value would allow as much.
   */
  constructor(
    loopbackFactor: number,
    create: (factor: number) => Value,
    isRested: (value: Value) => boolean,
  ) {
    this.#loopbackFactor = loopbackFactor;
    this.#create = create;
    this.#isRested = isRested;
  }

  of(address: string, isLoopback: boolean): Value {
    const known = this.#values.get(address);
    if (known !== undefined) return known;
    if (this.#values.size >= maxRemembered) this.#forgetRested();
    const key = this.#values.size >= maxRemembered ? allOthers : address;
    const value = this.#values.get(key) ?? this.#create(isLoopback ? this.#loopbackFactor : 1);
    this.#values.set(key, value);
    return value;
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }

  #forgetRested(): void {
    for (const [address, value] of this.#values) if (this.#isRested(value)) this.#values.delete(address);
  }
}
