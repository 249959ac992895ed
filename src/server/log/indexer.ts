import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Entry, memoryBytes } from '../messages/entry.ts';
import { numberOf } from '../sqlite/migrations.ts';
import { Transactions } from '../sqlite/transaction.ts';
import { BatchPostings } from './batch-postings.ts';
import { runsOf } from './postings.ts';
import { entryOf, selectEntry } from './rows.ts';

/**
 * A batch has at most this many entries and about this many postings. The larger it is, the more postings share a page of
 * the index and thus a write.
 */
const batchEntries = 8192;
const batchPostings = 100_000;
/** Entries fetched by one query. */
const readEntries = 32;

/** Half of what a row of its own takes is the way to SQLite and back. */
const runsAtOnce = 16;
const insertRuns = (count: number): string =>
  `INSERT OR REPLACE INTO postings (key_id, last, gaps) VALUES ${Array(count).fill('(?, ?, ?)').join(', ')}`;

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
  readonly #insertRuns: StatementSync;
  readonly #deleteKey: StatementSync;
  readonly #updateMeta: StatementSync;
  #keyCount = 0;
  #indexedThrough = 0;
  #indexedBytes = 0;
  /** The newest entries, in order and without gaps, and how many of them are in a batch. */
  #held: Entry[] = [];
  #nextHeld = 0;
  /** The postings of the current batch, and the rest of its work. */
  readonly #postings = new BatchPostings();
  #batch: Iterator<void> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#transactions = new Transactions(database);
    this.#selectNext = database.prepare(
      `${selectEntry} WHERE position > ? ORDER BY position LIMIT ${readEntries}`,
    );
    this.#selectNext.setReturnArrays(true);
    this.#selectKey = database.prepare('SELECT id FROM keys WHERE key = ?');
    this.#insertKey = database.prepare('INSERT INTO keys (key, id) VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#insertRun = database.prepare(insertRuns(1));
    this.#insertRuns = database.prepare(insertRuns(runsAtOnce));
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

  /**
   * Holds entries that were just committed, which then need not be read from the database. Call it for each group, or
   * `letGo`.
   */
  hold(entries: readonly Entry[]): void {
    for (const entry of entries) this.#held.push(entry);
  }

  /** Lets go of what it holds. */
  letGo(): void {
    this.#held = [];
    this.#nextHeld = 0;
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
    this.#postings.forgetId(key);
    this.#deleteKey.run(key);
    return true;
  }

  /** Loads the state from the database; after a failed step the state in memory is ahead of it. */
  #load(): void {
    this.#batch = undefined;
    this.#postings.begin(false);
    this.#keyCount = numberOf(this.#database, 'SELECT key_count FROM meta');
    this.#indexedThrough = numberOf(this.#database, 'SELECT indexed_through FROM meta');
  }

  /** Yields wherever a step may end. */
  *#indexBatch(head: number): Generator<void> {
    const postings = this.#postings;
    let through = this.#indexedThrough;
    let bytes = 0;
    for (let count = 0; through < head && count < batchEntries && postings.size < batchPostings; ) {
      const entries = this.#next(through);
      for (const entry of entries) {
        postings.add(entry);
        bytes += memoryBytes(entry.message);
        through = entry.position;
        yield;
      }
      count += entries.length;
      // There are no further entries up to `head`: those positions were pruned.
      if (entries.length === 0) through = head;
    }
    const positionsOf = postings.byKey();
    yield* this.#findIds();
    const byId = new Map(postings.numbers.map((number) => [postings.idOf(number), number]));
    const rows: (readonly [id: number, last: number, gaps: Uint8Array])[] = [];
    // In the index's order on disk. Sorting a Float64Array is fast.
    for (const id of Float64Array.from(byId.keys()).sort()) {
      for (const { last, gaps } of runsOf(positionsOf(byId.get(id) ?? 0))) rows.push([id, last, gaps]);
      while (rows.length >= runsAtOnce) {
        this.#insertRuns.run(...rows.splice(0, runsAtOnce).flat());
        yield;
      }
    }
    for (const row of rows) this.#insertRun.run(...row);
    postings.begin();
    this.#indexedThrough = through;
    this.#indexedBytes += bytes;
  }

  /** Returns some of the entries after `through`; none at the end of the log. */
  #next(through: number): readonly Entry[] {
    while ((this.#held[this.#nextHeld]?.position ?? Infinity) <= through) this.#nextHeld++;
    if (this.#held[this.#nextHeld]?.position !== through + 1)
      return this.#selectNext.all(through).map(entryOf);
    const entries = this.#held.slice(this.#nextHeld, this.#nextHeld + readEntries);
    this.#nextHeld += entries.length;
    if (this.#nextHeld * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#nextHeld);
      this.#nextHeld = 0;
    }
    return entries;
  }

  /** Finds the ids of the batch's keys; new keys get one. In the order of the table, where neighbours share a page. */
  *#findIds(): Generator<void> {
    const postings = this.#postings;
    const unknown = postings.numbers.filter((number) => postings.idOf(number) === 0);
    const keys = unknown.map((number) => ({ number, key: postings.keyOf(number) }));
    for (const { number, key } of keys.sort((one, other) => (one.key < other.key ? -1 : 1))) {
      postings.setId(number, this.#idOf(key));
      yield;
    }
  }

  #idOf(key: string): number {
    // Most of these keys are new.
    if (this.#insertKey.run(key, this.#keyCount + 1).changes === 1) return ++this.#keyCount;
    return Number(this.#selectKey.get(key)?.id);
  }
}
