import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entry } from '../messages/entry.ts';
import { keysOf } from '../messages/keys.ts';
import { numberOf } from '../sqlite/migrations.ts';
import { Transactions } from '../sqlite/transaction.ts';
import type { Indexer } from './indexer.ts';
import { entryOf, selectEntry } from './rows.ts';

/** `unindexed`: the next entry to delete must be indexed first. */
export type Pruned = 'more' | 'unindexed' | 'done';

/**
 * Deletes the oldest entries, their postings, and keys that no entry carries any more. Readers skip an entry once
 * `forgotten_through` has passed it, so deleting one entry may take many steps. Its row is deleted last: after a restart it
 * shows what is left to do.
 *
 * Only indexed entries are deleted. The indexer's current batch therefore never holds one of them, and positions are never
 * reused.
 */
export class Pruner {
  readonly #database: DatabaseSync;
  readonly #indexer: Indexer;
  readonly #transactions: Transactions;
  readonly #selectOldest: StatementSync;
  readonly #selectKey: StatementSync;
  readonly #deletePostings: StatementSync;
  readonly #selectPosting: StatementSync;
  readonly #deleteEntry: StatementSync;
  readonly #updateMeta: StatementSync;
  #through = 0;
  #droppedKeys = 0;
  /** The rest of the work for the current entry. */
  #sweep: Iterator<void> | undefined;

  constructor(database: DatabaseSync, indexer: Indexer) {
    this.#database = database;
    this.#indexer = indexer;
    this.#transactions = new Transactions(database);
    this.#selectOldest = database.prepare(`${selectEntry} ORDER BY position LIMIT 1`);
    this.#selectOldest.setReturnArrays(true);
    this.#selectKey = database.prepare('SELECT id FROM keys WHERE key = ?');
    this.#deletePostings = database.prepare('DELETE FROM postings WHERE key_id = ? AND last <= ?');
    this.#selectPosting = database.prepare('SELECT last FROM postings WHERE key_id = ? LIMIT 1');
    this.#deleteEntry = database.prepare('DELETE FROM entries WHERE position = ?');
    this.#updateMeta = database.prepare('UPDATE meta SET forgotten_through = ?, dropped_keys = ?');
    this.#load();
  }

  /** As `Log.prunedThrough`. */
  get through(): number {
    return this.#through;
  }

  /**
   * Continues for `ms`, in one transaction, to delete entries from the beginning of the log, up to the first that is not
   * older than `beforeMs`. Throws as SQLite does.
   */
  step(beforeMs: number, ms: number): Pruned {
    const endMs = performance.now() + ms;
    let outcome = this.#sweep === undefined ? this.#begin(beforeMs) : 'more';
    if (outcome !== 'more') return outcome;
    try {
      this.#transactions.run(() => {
        // At least one unit of work, however short `ms` is.
        do {
          if (this.#sweep?.next().done === true) outcome = this.#begin(beforeMs);
        } while (outcome === 'more' && performance.now() < endMs);
        this.#updateMeta.run(this.#through, this.#droppedKeys);
      });
    } catch (error) {
      this.#load();
      throw error;
    }
    return outcome;
  }

  /** Call it when others have changed the index: the next step begins again with the current entry. */
  reload(): void {
    this.#load();
  }

  /** Loads the state from the database; after a failed step the state in memory is ahead of it. */
  #load(): void {
    this.#sweep = undefined;
    this.#through = numberOf(this.#database, 'SELECT forgotten_through FROM meta');
    this.#droppedKeys = numberOf(this.#database, 'SELECT dropped_keys FROM meta');
  }

  /** Begins with the oldest entry, if it must be deleted. */
  #begin(beforeMs: number): Pruned {
    this.#sweep = undefined;
    const row = this.#selectOldest.get();
    if (row === undefined) return 'done';
    const entry = entryOf(row);
    if (entry.position > this.#through && entry.timeMs >= beforeMs) return 'done';
    if (entry.position > this.#indexer.indexedThrough) return 'unindexed';
    this.#sweep = this.#sweepAway(entry);
    return 'more';
  }

  /** Yields wherever a step may end: a long text has tens of thousands of keys. */
  *#sweepAway({ position, sender, message }: Entry): Generator<void> {
    this.#through = position;
    for (const key of keysOf(sender, message)) {
      this.#sweepKey(key, position);
      yield;
    }
    this.#deleteEntry.run(position);
  }

  #sweepKey(key: string, through: number): void {
    const id = this.#selectKey.get(key)?.id;
    if (typeof id !== 'number') return;
    this.#deletePostings.run(id, through);
    if (this.#selectPosting.get(id) === undefined && this.#indexer.dropKey(key)) this.#droppedKeys++;
  }
}
