import type { Entry } from '../messages/entry.ts';
import { addPostings, type Postings } from './postings.ts';

/**
 * The keys of the newest entries, in memory: those that are not in the index on disk yet. Entries that were indexed
 * meanwhile are dropped from time to time, not at once.
 */
export class TailIndex {
  /** Holds the entries with `after` < position <= `through`. */
  #after = 0;
  #through = 0;
  #postings: Postings = new Map();

  get through(): number {
    return this.#through;
  }

  /**
   * Prepares for the tail after `indexedThrough`; the caller adds the entries after `through`. Starts over once most of
   * what it holds is indexed: dropping single entries would require a visit to every key.
   */
  follow(indexedThrough: number): void {
    const useless = indexedThrough - this.#after;
    const useful = this.#through - indexedThrough;
    if (useful > 0 && useless <= 2 * useful + 1000) return;
    this.#after = indexedThrough;
    this.#through = indexedThrough;
    this.#postings = new Map();
  }

  /** Entries must be added in position order. */
  add(entry: Entry): void {
    addPostings(this.#postings, entry);
    this.#through = entry.position;
  }

  /** Yields the positions of `key` with `after` < position <= `through`, ascending or (-1) descending. */
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

/** Counts the positions at or before `through`; `positions` are ascending. */
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
