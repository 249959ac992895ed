import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entry } from '../messages/entry.ts';
import { keysOf } from '../messages/keys.ts';
import { compactDatabase } from '../sqlite/database-file.ts';
import { numberOf } from '../sqlite/migrations.ts';
import { Transactions } from '../sqlite/transaction.ts';
import type { Indexer } from './indexer.ts';
import type { Erased } from './log.ts';
import { positionsIn, runsOf } from './postings.ts';
import { entryOf, selectEntry } from './rows.ts';

/** Positions that one query looks at. */
const positionsRead = 5_000;
/** A larger log is not written anew: meanwhile nothing can be stored, for about a second for each 100 MiB. */
const maxCompactPages = 64 * 1024;

/**
 * Deletes the entries of one sender, their postings, and keys that no other entry carries, and overwrites what it deletes.
 * Only indexed entries are deleted, so that positions are never reused.
 */
export class Eraser {
  readonly #database: DatabaseSync;
  readonly #indexer: Indexer;
  readonly #sender: string;
  readonly #through: number;
  readonly #transactions: Transactions;
  readonly #select: StatementSync;
  readonly #selectKey: StatementSync;
  readonly #selectRun: StatementSync;
  readonly #deleteRun: StatementSync;
  readonly #insertRun: StatementSync;
  readonly #selectPosting: StatementSync;
  readonly #deleteEntry: StatementSync;
  readonly #files: string[] = [];
  #entries = 0;
  #at = 0;

  /** `through`: the newest entry to look at. */
  constructor(database: DatabaseSync, indexer: Indexer, sender: string, through: number) {
    this.#database = database;
    this.#indexer = indexer;
    this.#sender = sender;
    this.#through = through;
    this.#transactions = new Transactions(database);
    this.#select = database.prepare(
      `${selectEntry} WHERE position > ? AND position <= ? AND sender = ? ORDER BY position`,
    );
    this.#select.setReturnArrays(true);
    this.#selectKey = database.prepare('SELECT id FROM keys WHERE key = ?');
    this.#selectRun = database.prepare(
      'SELECT last, gaps FROM postings WHERE key_id = ? AND last >= ? ORDER BY last LIMIT 1',
    );
    this.#deleteRun = database.prepare('DELETE FROM postings WHERE key_id = ? AND last = ?');
    this.#insertRun = database.prepare('INSERT INTO postings (key_id, last, gaps) VALUES (?, ?, ?)');
    this.#selectPosting = database.prepare('SELECT last FROM postings WHERE key_id = ? LIMIT 1');
    this.#deleteEntry = database.prepare('DELETE FROM entries WHERE position = ?');
  }

  /** Continues with a few thousand positions. Everything up to `through` must be indexed. Returns whether it is done. */
  step(): boolean {
    const end = Math.min(this.#at + positionsRead, this.#through);
    const entries = this.#select.all(this.#at, end, this.#sender).map(entryOf);
    if (entries.length > 0) this.#overwriting(() => this.#transactions.run(() => this.#erase(entries)));
    this.#entries += entries.length;
    for (const { message } of entries) if (message.kind === 'attachment') this.#files.push(message.file.id);
    this.#at = end;
    return end >= this.#through;
  }

  /** Removes copies that earlier changes left in the file, unless it is large, and empties the WAL. */
  finish(): Erased {
    const isSmall = numberOf(this.#database, 'PRAGMA page_count') <= maxCompactPages;
    if (!isSmall) this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const isCompact = isSmall && compactDatabase(this.#database);
    return { entries: this.#entries, files: this.#files, isCompact };
  }

  #overwriting(action: () => void): void {
    this.#database.exec('PRAGMA secure_delete = ON');
    try {
      action();
    } finally {
      this.#database.exec('PRAGMA secure_delete = OFF');
    }
  }

  #erase(entries: readonly Entry[]): void {
    let dropped = 0;
    for (const { position, sender, message } of entries) {
      for (const key of keysOf(sender, message)) if (this.#eraseKey(key, position)) dropped++;
      this.#deleteEntry.run(position);
    }
    this.#database.prepare('UPDATE meta SET dropped_keys = dropped_keys + ?').run(dropped);
  }

  /** Takes `position` out of the key's postings. Returns whether the key is gone. */
  #eraseKey(key: string, position: number): boolean {
    const id = this.#selectKey.get(key)?.id;
    if (typeof id !== 'number') return false;
    const run = this.#selectRun.get(id, position);
    if (run !== undefined && run.gaps instanceof Uint8Array) {
      const last = Number(run.last);
      const others = positionsIn({ last, gaps: run.gaps }).filter((each) => each !== position);
      this.#deleteRun.run(id, last);
      for (const rest of runsOf(others.reverse())) this.#insertRun.run(id, rest.last, rest.gaps);
    }
    return this.#selectPosting.get(id) === undefined && this.#indexer.dropKey(key);
  }
}
