import type { DatabaseSync, StatementResultingChanges } from 'node:sqlite';
import { numberOf } from '../sqlite/migrations.ts';
import { Transactions } from '../sqlite/transaction.ts';
import { type Cell, cellsPerDraft, cellsPerText, insertFile, insertText, selectRetried } from './rows.ts';
import type { Repeats } from './worker-messages.ts';

/** The positions of a group: its drafts follow each other from `first` on, except repeats. */
export interface Committed {
  readonly first: number;
  readonly repeats: Repeats;
}

/** Writes each group of entries in a transaction. */
export class Committer {
  readonly #insertText;
  readonly #insertFile;
  readonly #selectRetried;
  readonly #transactions: Transactions;
  #head: number;

  constructor(database: DatabaseSync) {
    this.#insertText = database.prepare(insertText);
    this.#insertFile = database.prepare(insertFile);
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

  /** Throws as SQLite does: then nothing of the group is written, or, if the storage failed, that is unknown. */
  commit(cells: readonly Cell[]): Committed {
    const first = this.#head + 1;
    const repeats = new Map<number, number>();
    let next = first;
    this.#transactions.run(() => {
      for (let at = 0; at < cells.length; at += cellsPerDraft) {
        if (this.#insert(next, cells, at).changes === 1) next++;
        else repeats.set(at / cellsPerDraft, Number(this.#positionOf(cells, at)));
      }
    });
    this.#head = next - 1;
    return { first, repeats };
  }

  /** Returns which drafts had been stored before, after `commit` found no space. */
  stored(cells: readonly Cell[]): Repeats {
    const repeats = new Map<number, number>();
    for (let at = 0; at < cells.length; at += cellsPerDraft) {
      const position = this.#positionOf(cells, at);
      if (position !== undefined) repeats.set(at / cellsPerDraft, position);
    }
    return repeats;
  }

  /** Inserts the draft whose cells begin at `at`. */
  #insert(position: number, cells: readonly Cell[], at: number): StatementResultingChanges {
    const hasMore = cells[at + cellsPerText] !== null;
    // Binding values is most of an insert's cost, and most entries have neither a file nor names in another case.
    return hasMore
      ? this.#insertFile.run(position, ...cells.slice(at, at + cellsPerDraft))
      : this.#insertText.run(position, ...cells.slice(at, at + cellsPerText));
  }

  #positionOf(cells: readonly Cell[], at: number): number | undefined {
    const [, sender = null, retryId = null] = cells.slice(at, at + cellsPerText);
    const row = retryId === null ? undefined : this.#selectRetried.get(sender, retryId);
    return row && Number(row.position);
  }
}
