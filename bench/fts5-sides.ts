import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Indexer } from '../src/server/log/indexer.ts';
import type { Query } from '../src/server/log/log.ts';
import { mergePositions } from '../src/server/log/merge-positions.ts';
import { cutPage } from '../src/server/log/page.ts';
import { Pruner } from '../src/server/log/pruner.ts';
import { Reader } from '../src/server/log/reader.ts';
import { entryOf, selectEntry } from '../src/server/log/rows.ts';
import type { Entry } from '../src/server/messages/entry.ts';
import { keysIn } from '../src/server/messages/keys.ts';
import { numberOf } from '../src/server/sqlite/migrations.ts';

/**
 * An index of keys over the table `entries`, each side with a database of its own. Steps return whether they were the
 * last.
 */
export interface IndexWriter {
  /** Indexes entries at or before `head`, in one transaction of about `stepMs`. */
  index(head: number, stepMs: number): boolean;
  /** Deletes entries older than `beforeMs` with what is indexed of them, likewise. */
  prune(beforeMs: number, stepMs: number): boolean;
  /** Whatever the side can do to make its index small and quick. */
  optimize(): void;
}

export interface IndexReader {
  read(query: Query, head: number): readonly Entry[];
}

export interface Side {
  readonly name: string;
  /** How long an indexing transaction may take. */
  readonly stepMs: number;
  /** Whether `optimize` follows when all is indexed. */
  readonly optimizes?: boolean;
  writer(database: DatabaseSync): IndexWriter;
  reader(database: DatabaseSync): IndexReader;
}

/** As long as a message waits in the server that comes while it indexes; and long enough for FTS5 to write large segments. */
const shortStepMs = 2;
const longStepMs = 200;

export const sides: readonly Side[] = [
  { name: 'the log', stepMs: shortStepMs, writer: logWriter, reader: logReader },
  { name: 'FTS5, short steps', stepMs: shortStepMs, writer: fts5Writer, reader: fts5Reader },
  { name: 'FTS5, long steps', stepMs: longStepMs, writer: fts5Writer, reader: fts5Reader },
  {
    name: 'FTS5, optimized',
    stepMs: longStepMs,
    optimizes: true,
    writer: fts5Writer,
    reader: fts5Reader,
  },
];

function logWriter(database: DatabaseSync): IndexWriter {
  const indexer = new Indexer(database);
  const pruner = new Pruner(database, indexer);
  return {
    index(head, stepMs) {
      indexer.step(head, stepMs);
      return indexer.indexedThrough >= head;
    },
    prune: (beforeMs, stepMs) => pruner.step(beforeMs, stepMs) === 'done',
    optimize() {},
  };
}

function logReader(database: DatabaseSync): IndexReader {
  const reader = new Reader(database);
  return { read: (query, head) => reader.read(query, head).page.entries };
}

/**
 * A key is one token: white space separates keys, and no key of this bench holds any. Everything else in a key belongs to
 * its token. The tokenizer makes ASCII lower case, which keys of this bench are.
 */
const tokenCharacters = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~';
const createFts5 = `CREATE VIRTUAL TABLE fts5_keys USING fts5(keys, content='', contentless_delete=1, detail=none,
  tokenize="ascii tokenchars '${tokenCharacters.replaceAll('"', '""')}'")`;
const phrase = (key: string): string => `"${key.replaceAll('"', '""')}"`;

const rowsAtOnce = 32;

function fts5Writer(database: DatabaseSync): IndexWriter {
  database.exec(createFts5);
  // FTS5 leaves row ids of its own as the last inserted one, greater than `run` can return as a number.
  const prepare = (sql: string): StatementSync => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  const inTransaction = (action: () => void): void => {
    database.exec('BEGIN IMMEDIATE');
    action();
    database.exec('COMMIT');
  };
  const selectNext = arraysOf(
    database.prepare(`${selectEntry} WHERE position > ? ORDER BY position LIMIT ${rowsAtOnce}`),
  );
  const selectOldest = arraysOf(database.prepare(`${selectEntry} ORDER BY position LIMIT 1`));
  const insert = prepare('INSERT INTO fts5_keys (rowid, keys) VALUES (?, ?)');
  const deleteKeys = prepare('DELETE FROM fts5_keys WHERE rowid = ?');
  const deleteEntry = prepare('DELETE FROM entries WHERE position = ?');
  const updateMeta = prepare('UPDATE meta SET indexed_through = ?');
  let through = numberOf(database, 'SELECT indexed_through FROM meta');
  return {
    index(head, stepMs) {
      const endMs = performance.now() + stepMs;
      inTransaction(() => {
        do {
          for (const { position, sender, message } of selectNext.all(through).map(entryOf)) {
            insert.run(position, keysIn(sender, message).join(' '));
            through = position;
          }
        } while (through < head && performance.now() < endMs);
        updateMeta.run(through);
      });
      return through >= head;
    },
    prune(beforeMs, stepMs) {
      const endMs = performance.now() + stepMs;
      let isDone = false;
      inTransaction(() => {
        do {
          const row = selectOldest.get();
          const entry = row && entryOf(row);
          isDone = entry === undefined || entry.timeMs >= beforeMs;
          if (entry === undefined || isDone) break;
          deleteKeys.run(entry.position);
          deleteEntry.run(entry.position);
        } while (performance.now() < endMs);
      });
      return isDone;
    },
    optimize: () => database.exec("INSERT INTO fts5_keys (fts5_keys) VALUES ('optimize')"),
  };
}

/** As the log reads: positions of each span come lazily and are merged, and a page of entries is cut from that. */
function fts5Reader(database: DatabaseSync): IndexReader {
  const selectEntryAt = arraysOf(database.prepare(`${selectEntry} WHERE position = ?`));
  // A statement that is iterated can have no second iteration, so each span of a query has its own.
  const statements: { readonly [order in 1 | -1]: StatementSync[] } = { 1: [], [-1]: [] };
  const select = (order: 1 | -1, index: number): StatementSync => {
    statements[order][index] ??= arraysOf(
      database.prepare(
        `SELECT rowid FROM fts5_keys WHERE fts5_keys MATCH ? AND rowid > ? AND rowid <= ?
         ORDER BY rowid ${order === 1 ? 'ASC' : 'DESC'}`,
      ),
    );
    return statements[order][index];
  };
  function* matching(query: Query, head: number): Generator<Entry> {
    const order = query.pick === 'oldest' ? 1 : -1;
    const sources = query.spans.map(({ key, after, through }, index) =>
      positionsOf(
        select(order, index).iterate(phrase(key), Math.max(after, query.after), Math.min(through, head)),
      ),
    );
    for (const position of mergePositions(sources, order)) {
      const row = selectEntryAt.get(position);
      if (row !== undefined) yield entryOf(row);
    }
  }
  return {
    read(query, head) {
      database.exec('BEGIN');
      try {
        return cutPage(matching(query, head), query, head).entries;
      } finally {
        database.exec('COMMIT');
      }
    },
  };
}

function* positionsOf(rows: Iterable<unknown>): Generator<number> {
  for (const row of rows) yield (row as [number])[0];
}

function arraysOf(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}
