import type { DatabaseSync } from 'node:sqlite';
import { numberOf } from '../sqlite/migrations.ts';
import { Transactions } from '../sqlite/transaction.ts';
import { type Cell, cellsPerDraft, insertEntry, selectRetried } from './rows.ts';
import type { Repeats } from './worker-messages.ts';

/** Where a group's drafts are: one after another from `first` on, but for those that had been stored before. */
export interface Committed {
  readonly first: number;
  readonly repeats: Repeats;
}

/** Writes groups of entries, a transaction each. */
export class Committer {
  readonly #insert;
  readonly #selectRetried;
  readonly #transactions: Transactions;
  #head: number;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(insertEntry);
    this.#selectRetried = database.prepare(selectRetried);
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

  /** When it throws, none of the group was written (or nobody knows). */
  commit(cells: readonly Cell[]): Committed {
    const first = this.#head + 1;
    const repeats = new Map<number, number>();
    let next = first;
    this.#transactions.run(() => {
      for (let index = 0; index * cellsPerDraft < cells.length; index++) {
        const draft = cells.slice(index * cellsPerDraft, (index + 1) * cellsPerDraft);
        if (this.#insert.run(next, ...draft).changes === 1) next++;
        else repeats.set(index, this.#positionOf(draft));
      }
    });
    this.#head = next - 1;
    return { first, repeats };
  }

  #positionOf(draft: readonly Cell[]): number {
    return Number(this.#selectRetried.get(draft[1] ?? null, draft.at(-1) ?? null)?.position);
  }
}
