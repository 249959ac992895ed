import { type AddressPrefix, bytesOfAddress, isListed, listOf, maskedTo } from './address-prefix.ts';

interface Entry<T> {
  readonly prefix: AddressPrefix;
  readonly value: T;
}

/**
 * What holds for an address, by prefix. An address that is in no prefix costs one check in native code; another one
 * costs a look-up for each length of the prefixes, however many prefixes there are.
 */
export class PrefixTable<T> {
  readonly #all: ReturnType<typeof listOf>;
  /** The lengths of the prefixes, in bits. */
  readonly #bits: readonly number[];
  readonly #values = new Map<string, T>();

  /** Of two entries with one prefix, the later one counts. */
  constructor(entries: readonly Entry<T>[]) {
    this.#all = listOf(entries.map(({ prefix }) => prefix));
    this.#bits = [...new Set(entries.map(({ prefix }) => prefix.bits))];
    for (const { prefix, value } of entries)
      this.#values.set(keyOf(bytesOfAddress(prefix.network), prefix.bits), value);
  }

  /** The values of all prefixes that `address`, as a connection has it, is in. */
  of(address: string): readonly T[] {
    if (!isListed(this.#all, address)) return [];
    const [bare = ''] = address.split('%');
    const bytes = bytesOfAddress(bare);
    return this.#bits.flatMap((bits) => {
      const value = this.#values.get(keyOf(bytes, bits));
      return value === undefined ? [] : [value];
    });
  }
}

const keyOf = (bytes: readonly number[], bits: number): string =>
  `${maskedTo(bits, bytes).join('.')}/${bits}`;
