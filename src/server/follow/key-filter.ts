import { keyHash } from '../messages/key-hash.ts';

const slots = 1 << 20;
/** A slot that has come to this count keeps it. */
const full = 255;

/**
 * Tells at once of most keys that nobody follows them. A `Map` first puts a word that was cut from a text into V8's table
 * of strings, which takes longer than all else that is done with it, and nobody follows most words. Counts the followed
 * keys with the same hash, so keys that collide cost a look into the `Map`, and nothing more.
 */
export class KeyFilter {
  readonly #counts = new Uint8Array(slots);

  mayHold(key: string): boolean {
    return this.#counts[slotOf(key)] !== 0;
  }

  add(key: string): void {
    this.#change(key, 1);
  }

  /** Call it for a key that was added. */
  remove(key: string): void {
    this.#change(key, -1);
  }

  #change(key: string, by: number): void {
    const slot = slotOf(key);
    const count = this.#counts[slot] ?? 0;
    if (count < full) this.#counts[slot] = count + by;
  }
}

function slotOf(key: string): number {
  return keyHash(key) & (slots - 1);
}
