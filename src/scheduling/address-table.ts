/** Maximum number of addresses with a value of their own; further ones share one. */
const maxRemembered = 20_000;
const allOthers = 'others';
/** A full table looks at so many values for each unknown address: a whole pass for each would cost milliseconds. */
const valuesPerLook = 16;

/** A value, such as a rate limit, for each address (see `addressGroup`). A full table drops values that are as new. */
export class AddressTable<Value> {
  readonly #loopbackFactor: number;
  readonly #create: (factor: number) => Value;
  readonly #isAsNew: (value: Value) => boolean;
  readonly #values = new Map<string, Value>();
  /** Goes round and round through the values of a full table. */
  #next: MapIterator<[string, Value]> | undefined;

  /**
   * `create` gets the factor by which an address may use more than others: `loopbackFactor` for this machine, where
   * tunnels and proxies end, else 1. `isAsNew` returns whether a value equals a new one and may be dropped.
   * With anything less, who has many addresses would get back what they spent.
   */
  constructor(loopbackFactor: number, create: (factor: number) => Value, isAsNew: (value: Value) => boolean) {
    this.#loopbackFactor = loopbackFactor;
    this.#create = create;
    this.#isAsNew = isAsNew;
  }

  of(address: string, isLoopback: boolean): Value {
    const known = this.#values.get(address);
    if (known !== undefined) return known;
    if (this.#values.size >= maxRemembered) this.#forgetSome();
    const key = this.#values.size >= maxRemembered ? allOthers : address;
    const value = this.#values.get(key) ?? this.#create(isLoopback ? this.#loopbackFactor : 1);
    this.#values.set(key, value);
    return value;
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }

  #forgetSome(): void {
    for (let looked = 0; looked < valuesPerLook; looked++) {
      this.#next ??= this.#values.entries();
      const next = this.#next.next();
      if (next.done === true) this.#next = undefined;
      else if (this.#isAsNew(next.value[1])) this.#values.delete(next.value[0]);
    }
  }
}
