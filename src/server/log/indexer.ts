import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { textBytes } from '../messages/entry.ts';
import { numberOf } from '../sqlite/migrations.ts';
import { Transactions } from '../sqlite/transaction.ts';
import { addPostings, type Postings, runsOf } from './postings.ts';
import { entryOf, selectEntry } from './rows.ts';

/**
 * What is indexed together, at most this many entries and about this many postings. The more there are, the more
 * of them fall on the same page of the index and cost one write.
 */
const batchEntries = 8192;
const batchPostings = 100_000;
/** Entries that are read together. */
const readEntries = 32;
/** Ids of keys that are kept at hand: the common words' among them, which is most of the postings. */
const maxKnownIds = 100_000;

/**
 * Writes the index of keys: postings of the entries after `indexedThrough`, batch after batch, a batch in as many
 * steps as it takes. Its postings count only when all are there, as nobody uses postings after `indexed_through`.
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
  /** What is left to do of the batch that is under way, and what it posts. */
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

  /** The postings of the entries at or before this position are all there. */
  get indexedThrough(): number {
    return this.#indexedThrough;
  }

  /** How much text (as `textBytes` counts) was indexed since this was made. */
  get indexedBytes(): number {
    return this.#indexedBytes;
  }

  /** Goes on indexing the entries at or before `head` for `ms`, in one transaction. Throws as SQLite does. */
  step(head: number, ms: number): void {
    const endMs = performance.now() + ms;
    try {
      this.#transactions.run(() => {
        // Something at least, however short the time: a step that did nothing would be tried for ever.
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
   * Deletes a key that has no postings, in the caller's transaction; gives whether it did. The keys of the batch that is
   * under way stay: their ids may be with it already.
   */
  dropKey(key: string): boolean {
    if (this.#postings.has(key)) return false;
    this.#ids.delete(key);
    this.#deleteKey.run(key);
    return true;
  }

  /** What is in the database, and nothing of what a step that failed had thought. */
  #load(): void {
    this.#ids.clear();
    this.#batch = undefined;
    this.#postings = new Map();
    this.#keyCount = numberOf(this.#database, 'SELECT key_count FROM meta');
    this.#indexedThrough = numberOf(this.#database, 'SELECT indexed_through FROM meta');
  }

  /** Pauses wherever a step may end. */
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
        bytes += textBytes(entry.message);
        through = entry.position;
        yield;
      }
      entries += rows.length;
      // What is missing before `head` is gone.
      if (rows.length < readEntries) through = Math.max(through, head);
    }
    const byId = yield* this.#byId(postings);
    // In the order in which the index lies on the disk. Sorted as numbers in an array of such: that is quick.
    for (const id of Float64Array.from(byId.keys()).sort()) {
      for (const { last, gaps } of runsOf(byId.get(id) ?? [])) this.#insertRun.run(id, last, gaps);
      yield;
    }
    this.#postings = new Map();
    this.#indexedThrough = through;
    this.#indexedBytes += bytes;
  }

  /** The same postings by the ids of their keys; new keys get one. */
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
