import { keyHash } from '../messages/key-hash.ts';

const minSlots = 1 << 12;
const maxSlots = 1 << 20;
/** A slot that has come to this count keeps it. */
const full = 255;

/**
 * Tells at once of most keys that nobody follows them. A `Map` first puts a word that was cut from a text into V8's table
 * of strings, which takes longer than all else that is done with it, and nobody follows most words. Counts the followed
 * keys with the same hash, so keys that collide cost a look into the `Map`, and nothing more.
 */
export class KeyFilter {
  #slots = new Uint8Array(minSlots);
  #keys = 0;

  /** Whether there are so many keys that most slots are taken: `grow` then. */
  get isCrowded(): boolean {
    return this.#keys * 2 > this.#slots.length && this.#slots.length < maxSlots;
  }

  mayHold(key: string): boolean {
    return this.#slots[this.#slotOf(key)] !== 0;
  }

  add(key: string): void {
    const slot = this.#slotOf(key);
    const count = this.#slots[slot] ?? 0;
    if (count < full) this.#slots[slot] = count + 1;
    this.#keys++;
  }

  /** Call it for a key that was added. */
  remove(key: string): void {
    const slot = this.#slotOf(key);
    const count = this.#slots[slot] ?? 0;
    if (count < full) this.#slots[slot] = count - 1;
    this.#keys--;
  }

  /** Begins anew with `keys`, and eight times as many slots. */
  grow(keys: Iterable<string>): void {
    this.#slots = new Uint8Array(Math.min(8 * this.#slots.length, maxSlots));
    this.#keys = 0;
    for (const key of keys) this.add(key);
  }

  #slotOf(key: string): number {
    return keyHash(key) & (this.#slots.length - 1);
  }
}
