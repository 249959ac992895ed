import type { DatabaseSync } from 'node:sqlite';
import { type Cell, cellsPerDraft, insertEntry } from './rows.ts';
import { numberOf } from './schema.ts';
import { Transactions } from './transaction.ts';

/** Writes groups of entries, a transaction each. */
export class Committer {
  readonly #insert;
  readonly #transactions: Transactions;
  #head: number;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(insertEntry);
    this.#transactions = new Transactions(database);
    this.#head = numberOf(
      database,
      'SELECT max(indexed_through, ifnull((SELECT max(position) FROM entries), 0)) FROM meta',
    );
  }

  /** The position of the newest committed entry. */
  get head(): number {
    return this.#head;
  }

  /** Gives the position of the group's first entry; when it throws, none of them was written (or nobody knows). */
  commit(cells: readonly Cell[]): number {
    const first = this.#head + 1;
    const count = cells.length / cellsPerDraft;
    this.#transactions.run(() => {
      for (let index = 0; index < count; index++) {
        const at = index * cellsPerDraft;
        this.#insert.run(first + index, ...cells.slice(at, at + cellsPerDraft));
      }
    });
    this.#head += count;
    return first;
  }
}
