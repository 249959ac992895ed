import { keyHash } from '../messages/key-hash.ts';

const slots = 1 << 16;
/** So many keys with one hash are compared; more of them, which whoever writes texts may choose, are in a `Map`. */
const maxChain = 16;

/**
 * Gives keys small numbers, from 0 on. A `Map` alone would do, but puts each word that was cut from a text into V8's table
 * of strings first, which takes several times as long as finding it here.
 */
export class KeyNumbers {
  /** By number. */
  readonly #keys: string[] = [];
  /** By hash: how many keys have it, and the newest of them, as its number plus one. */
  readonly #lengths = new Uint8Array(slots);
  readonly #newest = new Int32Array(slots);
  /** By number: the key before it with the same hash, as its number plus one. */
  readonly #before: number[] = [];
  readonly #crowded = new Map<string, number>();

  get size(): number {
    return this.#keys.length;
  }

  keyOf(number: number): string {
    return this.#keys[number] ?? '';
  }

  /** Returns the key's number; gives it one if it has none. */
  numberOf(key: string): number {
    const slot = keyHash(key) & (slots - 1);
    const known = this.#find(key, slot);
    return known ?? this.#add(key, slot);
  }

  /** Returns undefined when the key has no number. */
  find(key: string): number | undefined {
    return this.#find(key, keyHash(key) & (slots - 1));
  }

  #find(key: string, slot: number): number | undefined {
    for (let next = this.#newest[slot] ?? 0; next > 0; next = this.#before[next - 1] ?? 0)
      if (this.#keys[next - 1] === key) return next - 1;
    return this.#lengths[slot] === maxChain ? this.#crowded.get(key) : undefined;
  }

  #add(key: string, slot: number): number {
    const number = this.#keys.push(key) - 1;
    const length = this.#lengths[slot] ?? 0;
    this.#before.push(this.#newest[slot] ?? 0);
    if (length === maxChain) this.#crowded.set(key, number);
    else {
      this.#newest[slot] = number + 1;
      this.#lengths[slot] = length + 1;
    }
    return number;
  }
}
