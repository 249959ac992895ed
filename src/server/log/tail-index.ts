import type { Entry } from '../messages/entry.ts';
import { addPostings, type Postings } from './postings.ts';

/**
 * The keys of the newest entries, in memory: those that the index on disk does not hold yet. Grows with the log;
 * what the disk has taken over meanwhile is dropped now and then, not at once.
 */
export class TailIndex {
  /** The entries after `after` and at or before `through` are in it. */
  #after = 0;
  #through = 0;
  #postings: Postings = new Map();

  get through(): number {
    return this.#through;
  }

  /**
   * Makes room for the tail after `indexedThrough`; `through` tells from where to add. It starts afresh once most
   * of what it holds is of no more use: dropping piece by piece would mean to look at every key.
   */
  follow(indexedThrough: number): void {
    const useless = indexedThrough - this.#after;
    const useful = this.#through - indexedThrough;
    if (useful > 0 && useless <= 2 * useful + 1000) return;
    this.#after = indexedThrough;
    this.#through = indexedThrough;
    this.#postings = new Map();
  }

  /** The entries must come in position order. */
  add(entry: Entry): void {
    addPostings(this.#postings, entry);
    this.#through = entry.position;
  }

  /** The positions of `key` with `after` < position <= `through`, growing or (-1) falling. */
  *positions(key: string, after: number, through: number, order: 1 | -1): Generator<number> {
    const positions = this.#postings.get(key) ?? [];
    let at = order === 1 ? countThrough(positions, after) : countThrough(positions, through) - 1;
    for (let next = positions[at]; next !== undefined; next = positions[at]) {
      if (order === 1 ? next > through : next <= after) return;
      yield next;
      at += order;
    }
  }
}

/** How many of the growing `positions` are at or before `through`. */
function countThrough(positions: readonly number[], through: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] ?? 0) <= through) low = middle + 1;
    else high = middle;
  }
  return low;
}
