import type { Entry } from '../messages/entry.ts';
import { keysIn } from '../messages/keys.ts';
import { KeyNumbers } from './key-numbers.ts';

/**
 * From so many keys on they get new numbers with the next batch. The common words, which make up most postings, are
 * fewer.
 */
const maxKeys = 64 * 1024;

/**
 * The postings of the entries that are indexed together, the batch. They are listed as the entries come, and sorted by key
 * once: a list for each key would be in another place of the memory for each word of a text.
 */
export class BatchPostings {
  /** The numbers of the batch's keys, in the order in which they came. */
  numbers: number[] = [];
  #keys = new KeyNumbers();
  /**
   * By the number of a key, for all batches: its id in the database, or 0; and for this one: its last position, its
   * count.
   */
  #ids: number[] = [];
  #lasts: number[] = [];
  #counts: number[] = [];
  /** Of each posting: the number of its key, and its position. */
  #posted: number[] = [];
  #positions: number[] = [];

  get size(): number {
    return this.#positions.length;
  }

  /** Begins a batch. `knowsIds`: whether the ids of earlier ones still hold. */
  begin(knowsIds = true): void {
    if (!knowsIds || this.#keys.size >= maxKeys) {
      this.#keys = new KeyNumbers();
      this.#ids = [];
      this.#lasts = [];
      this.#counts = [];
    } else
      for (const number of this.numbers) {
        this.#lasts[number] = 0;
        this.#counts[number] = 0;
      }
    this.numbers = [];
    this.#posted = [];
    this.#positions = [];
  }

  /** Adds an entry, which must be later than all before. */
  add({ position, sender, message }: Entry): void {
    for (const key of keysIn(sender, message)) {
      const number = this.#numberOf(key);
      const count = this.#counts[number] ?? 0;
      // `keysIn` may return a key more than once.
      if (this.#lasts[number] === position) continue;
      if (count === 0) this.numbers.push(number);
      this.#lasts[number] = position;
      this.#counts[number] = count + 1;
      this.#posted.push(number);
      this.#positions.push(position);
    }
  }

  has(key: string): boolean {
    const number = this.#keys.find(key);
    return number !== undefined && this.#counts[number] !== 0;
  }

  keyOf(number: number): string {
    return this.#keys.keyOf(number);
  }

  /** Returns 0 when it is not known. */
  idOf(number: number): number {
    return this.#ids[number] ?? 0;
  }

  setId(number: number, id: number): void {
    this.#ids[number] = id;
  }

  forgetId(key: string): void {
    const number = this.#keys.find(key);
    if (number !== undefined) this.#ids[number] = 0;
  }

  /** Returns a function for the positions of a key, by its number: ascending. */
  byKey(): (number: number) => Float64Array {
    const ends = new Uint32Array(this.#keys.size);
    let end = 0;
    for (const number of this.numbers) {
      ends[number] = end;
      end += this.#counts[number] ?? 0;
    }
    const sorted = new Float64Array(this.size);
    for (let at = 0; at < sorted.length; at++) {
      const number = this.#posted[at] ?? 0;
      const place = ends[number] ?? 0;
      sorted[place] = this.#positions[at] ?? 0;
      ends[number] = place + 1;
    }
    return (number) => sorted.subarray((ends[number] ?? 0) - (this.#counts[number] ?? 0), ends[number]);
  }

  #numberOf(key: string): number {
    const number = this.#keys.numberOf(key);
    if (number === this.#ids.length) {
      this.#ids.push(0);
      this.#lasts.push(0);
      this.#counts.push(0);
    }
    return number;
  }
}
