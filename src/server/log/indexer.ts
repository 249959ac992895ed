import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { memoryBytes } from '../messages/entry.ts';
import { numberOf } from '../sqlite/migrations.ts';
import { Transactions } from '../sqlite/transaction.ts';
import { addPostings, type Postings, runsOf } from './postings.ts';
import { entryOf, selectEntry } from './rows.ts';

/**
 * A batch has at most this many entries and about this many postings. The larger it is, the more postings share a page of
 * the index and thus a write.
 */
const batchEntries = 8192;
const batchPostings = 100_000;
/** Entries fetched by one query. */
const readEntries = 32;
/** Size of the cache of key ids. It covers the common words, which make up most postings. */
const maxKnownIds = 100_000;

/**
 * Writes the index of keys: postings of the entries after `indexedThrough`, in batches, each of which may take many steps.
 * Readers ignore postings after `indexed_through`, so a batch takes effect when its last posting is written.
 */
export class Indexer {
  readonly #database: DatabaseSync;
  readonly #transactions: Transactions;
  readonly #selectNext: StatementSync;
  readonly #selectKey: StatementSync;
  readonly #insertKey: StatementSync;
  readonly #insertRun: StatementSync;
  readonly #deleteKey: StatementSync;
  readonly #updateMeta: StatementSync;
  readonly #ids = new Map<string, number>();
  #keyCount = 0;
  #indexedThrough = 0;
  #indexedBytes = 0;
  /** The postings of the current batch, and the rest of its work. */
  #postings: Postings = new Map();
  #batch: Iterator<void> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#transactions = new Transactions(database);
    this.#selectNext = database.prepare(
      `${selectEntry} WHERE position > ? ORDER BY position LIMIT ${readEntries}`,
    );
    this.#selectNext.setReturnArrays(true);
    this.#selectKey = database.prepare('SELECT id FROM keys WHERE key = ?');
    this.#insertKey = database.prepare('INSERT INTO keys (key, id) VALUES (?, ?)');
    this.#insertRun = database.prepare(
      'INSERT OR REPLACE INTO postings (key_id, last, gaps) VALUES (?, ?, ?)',
    );
    this.#deleteKey = database.prepare('DELETE FROM keys WHERE key = ?');
    this.#updateMeta = database.prepare('UPDATE meta SET indexed_through = ?, key_count = ?');
    this.#load();
  }

  /** All postings of entries at or before this position are written. */
  get indexedThrough(): number {
    return this.#indexedThrough;
  }

  /** How much text this object has indexed, as `memoryBytes` counts. */
  get indexedBytes(): number {
    return this.#indexedBytes;
  }

  /** Continues to index entries at or before `head` for `ms`, in one transaction. Throws as SQLite does. */
  step(head: number, ms: number): void {
    const endMs = performance.now() + ms;
    try {
      this.#transactions.run(() => {
        // At least one unit of work, however short `ms` is: otherwise a caller could loop for ever.
        do {
          this.#batch ??= this.#indexBatch(head);
          if (this.#batch.next().done === true) this.#batch = undefined;
        } while (this.#indexedThrough < head && performance.now() < endMs);
        this.#updateMeta.run(this.#indexedThrough, this.#keyCount);
      });
    } catch (error) {
      this.#load();
      throw error;
    }
  }

  /**
   * Deletes a key that has no postings, in the caller's transaction. Returns false for a key of the current batch, which
   * may have taken its id already.
   */
  dropKey(key: string): boolean {
    if (this.#postings.has(key)) return false;
    this.#ids.delete(key);
    this.#deleteKey.run(key);
    return true;
  }

  /** Loads the state from the database; after a failed step the state in memory is ahead of it. */
  #load(): void {
    this.#ids.clear();
    this.#batch = undefined;
    this.#postings = new Map();
    this.#keyCount = numberOf(this.#database, 'SELECT key_count FROM meta');
    this.#indexedThrough = numberOf(this.#database, 'SELECT indexed_through FROM meta');
  }

  /** Yields wherever a step may end. */
  *#indexBatch(head: number): Generator<void> {
    const postings: Postings = new Map();
    this.#postings = postings;
    let through = this.#indexedThrough;
    let bytes = 0;
    let count = 0;
    for (let entries = 0; through < head && entries < batchEntries && count < batchPostings; ) {
      const rows = this.#selectNext.all(through);
      for (const entry of rows.map(entryOf)) {
        count += addPostings(postings, entry);
        bytes += memoryBytes(entry.message);
        through = entry.position;
        yield;
      }
      entries += rows.length;
      // There are no further entries up to `head`: those positions were pruned.
      if (rows.length < readEntries) through = Math.max(through, head);
    }
    const byId = yield* this.#byId(postings);
    // In the index's order on disk. Sorting a Float64Array is fast.
    for (const id of Float64Array.from(byId.keys()).sort()) {
      for (const { last, gaps } of runsOf(byId.get(id) ?? [])) this.#insertRun.run(id, last, gaps);
      yield;
    }
    this.#postings = new Map();
    this.#indexedThrough = through;
    this.#indexedBytes += bytes;
  }

  /** Regroups the postings by key id; new keys get one. */
  *#byId(postings: Postings): Generator<void, Map<number, number[]>> {
    const byId = new Map<number, number[]>();
    const unknown: string[] = [];
    for (const [key, positions] of postings) {
      const id = this.#ids.get(key);
      if (id === undefined) unknown.push(key);
      else byId.set(id, positions);
    }
    for (const key of unknown.sort()) {
      byId.set(this.#idOf(key), postings.get(key) ?? []);
      yield;
    }
    return byId;
  }

  #idOf(key: string): number {
    const stored = this.#selectKey.get(key)?.id;
    const id = typeof stored === 'number' ? stored : ++this.#keyCount;
    if (stored === undefined) this.#insertKey.run(key, id);
    if (this.#ids.size >= maxKnownIds) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }
}
