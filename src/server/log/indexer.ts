import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entry } from './entry.ts';
import { keysOf } from './keys.ts';
import { textBytes } from './page.ts';
import { entryOf, selectEntry } from './rows.ts';
import { numberOf } from './schema.ts';
import { Transactions } from './transaction.ts';

/** Entries that are indexed together; read and broken into words at once, so the bound on a pause is in here. */
const batchEntries = 64;
const batchBytes = 64 * 1024;
/** How long one step goes on inserting: what a commit may have to wait for, but for the step's own commit. */
const stepMs = 2;
/** Ids of keys that are kept at hand: the common words' among them, which is most of the postings. */
const mostKnownIds = 100_000;

/** Entries on their way into the index: what is left of them, and what is achieved when nothing is. */
interface Batch {
  readonly postings: Iterator<[string, number[]]>;
  readonly through: number;
}

/**
 * Writes the index of keys: postings of the entries after `indexedThrough`, in steps. A batch may take several
 * steps; its postings count only when all are there, as nobody uses postings after `indexed_through`.
 */
export class Indexer {
  readonly #transactions: Transactions;
  readonly #selectTail: StatementSync;
  readonly #selectKey: StatementSync;
  readonly #insertKey: StatementSync;
  readonly #insertPosting: StatementSync;
  readonly #updateMeta: StatementSync;
  readonly #database: DatabaseSync;
  readonly #ids = new Map<string, number>();
  #keyCount = 0;
  #indexedThrough = 0;
  #batch: Batch | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#transactions = new Transactions(database);
    this.#selectTail = database.prepare(`${selectEntry} WHERE position > ? ORDER BY position LIMIT ?`);
    this.#selectTail.setReturnArrays(true);
    this.#selectKey = database.prepare('SELECT id FROM keys WHERE key = ?');
    this.#insertKey = database.prepare('INSERT INTO keys (key, id) VALUES (?, ?)');
    this.#insertPosting = database.prepare('INSERT OR IGNORE INTO postings (key_id, position) VALUES (?, ?)');
    this.#updateMeta = database.prepare('UPDATE meta SET indexed_through = ?, key_count = ?');
    this.#load();
  }

  /** The postings of the entries at or before this position are all there. */
  get indexedThrough(): number {
    return this.#indexedThrough;
  }

  /** Indexes some more of the entries at or before `head`, in one transaction. Throws as SQLite does. */
  step(head: number): void {
    try {
      this.#transactions.run(() => this.#insertFor(head));
    } catch (error) {
      this.#load();
      throw error;
    }
  }

  /** What is in the database, and nothing of what a step that failed had thought. */
  #load(): void {
    this.#ids.clear();
    this.#batch = undefined;
    this.#keyCount = numberOf(this.#database, 'SELECT key_count FROM meta');
    this.#indexedThrough = numberOf(this.#database, 'SELECT indexed_through FROM meta');
  }

  #insertFor(head: number): void {
    const endMs = performance.now() + stepMs;
    while (this.#indexedThrough < head && performance.now() < endMs) {
      const batch = this.#batch ?? this.#nextBatch(head);
      this.#batch = batch;
      if (!this.#insertUntil(endMs, batch.postings)) break;
      this.#indexedThrough = batch.through;
      this.#batch = undefined;
    }
    this.#updateMeta.run(this.#indexedThrough, this.#keyCount);
  }

  /** Whether all of it was inserted. */
  #insertUntil(endMs: number, postings: Iterator<[string, number[]]>): boolean {
    for (let next = postings.next(); next.done !== true; next = postings.next()) {
      const [key, positions] = next.value;
      const id = this.#idOf(key);
      for (const position of positions) this.#insertPosting.run(id, position);
      if (performance.now() > endMs) return false;
    }
    return true;
  }

  #nextBatch(head: number): Batch {
    const positionsByKey = new Map<string, number[]>();
    let through = head;
    let bytes = 0;
    for (const row of this.#selectTail.all(this.#indexedThrough, batchEntries)) {
      const entry = entryOf(row);
      if (bytes >= batchBytes) break;
      collect(positionsByKey, entry);
      bytes += textBytes(entry.message);
      through = entry.position;
    }
    return { postings: positionsByKey.entries(), through };
  }

  #idOf(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const stored = this.#selectKey.get(key)?.['id'];
    const id = typeof stored === 'number' ? stored : ++this.#keyCount;
    if (stored === undefined) this.#insertKey.run(key, id);
    if (this.#ids.size >= mostKnownIds) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }
}

function collect(positionsByKey: Map<string, number[]>, { position, sender, message }: Entry): void {
  for (const key of keysOf(sender, message)) {
    const positions = positionsByKey.get(key);
    if (positions === undefined) positionsByKey.set(key, [position]);
    else positions.push(position);
  }
}
