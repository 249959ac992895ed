import type { DatabaseSync } from 'node:sqlite';

/**
 * The database's shape, as the steps that lead to it: the first makes schema 1 out of an empty file. Steps are
 * only ever appended. `PRAGMA user_version` tells how many a file has seen.
 *
 * - `entries` is the log. Nothing else is needed to answer any question, only to answer it fast.
 * - `keys` and `postings` are the index of keys: derived, written apart from the commit, complete through
 *   `indexed_through`. A key's text is stored once. Private keys are keys like others; `*` is not posted.
 * - `meta` has one row. Positions go on after the greater of the newest entry and `indexed_through`, so entries
 *   that are indexed may be deleted, all of them too, without their positions coming back.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE meta (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     epoch TEXT NOT NULL,
     indexed_through INTEGER NOT NULL,
     key_count INTEGER NOT NULL
   ) STRICT;
   INSERT INTO meta VALUES (1, lower(hex(randomblob(16))), 0, 0);

   CREATE TABLE entries (
     position INTEGER PRIMARY KEY,
     time_ms INTEGER NOT NULL,
     sender TEXT NOT NULL,
     kind TEXT NOT NULL,
     recipient TEXT,
     text TEXT,
     terms TEXT,
     file_id TEXT,
     file_name TEXT,
     file_bytes INTEGER,
     file_sha256 TEXT
   ) STRICT;
   CREATE INDEX attachments ON entries (sender, time_ms, file_bytes) WHERE file_bytes IS NOT NULL;

   CREATE TABLE keys (
     key TEXT PRIMARY KEY,
     id INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE postings (
     key_id INTEGER NOT NULL,
     position INTEGER NOT NULL,
     PRIMARY KEY (key_id, position)
   ) STRICT, WITHOUT ROWID;`,

  `ALTER TABLE entries ADD COLUMN retry_id TEXT;
   CREATE UNIQUE INDEX retries ON entries (sender, retry_id) WHERE retry_id IS NOT NULL;`,
];

/** "ears": tells the file from other programs' databases, to us and to file(1). */
const applicationId = 0x65617273;

/** Why a file that SQLite can read is not one that this program should use. In words for whoever starts it. */
export class SchemaError extends Error {}

/**
 * How many of the steps the database has seen; 0 for an empty file. Changes nothing. Throws a `SchemaError` for a
 * database of a newer earshot or of another program.
 */
export function knownVersion(database: DatabaseSync, steps: readonly string[] = migrations): number {
  const version = numberOf(database, 'PRAGMA user_version');
  const isEmpty = numberOf(database, 'SELECT count(*) FROM sqlite_schema') === 0;
  if (isEmpty && version === 0) return 0;
  if (numberOf(database, 'PRAGMA application_id') !== applicationId) {
    throw new SchemaError('this is a database of another program');
  }
  if (version > steps.length) {
    throw new SchemaError(
      `the data folder was written by a newer earshot (schema ${version}, this one knows ${steps.length}); ` +
        'start that version again, or restore a backup from before the upgrade',
    );
  }
  return version;
}

/** Brings the database to the newest schema, in one transaction: entirely or not at all. Throws as above. */
export function migrate(database: DatabaseSync, steps: readonly string[] = migrations): void {
  const version = knownVersion(database, steps);
  if (version === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** The first column of the first row, which must be a number. */
export function numberOf(database: DatabaseSync, sql: string): number {
  const [value] = Object.values(database.prepare(sql).get() ?? {});
  if (typeof value !== 'number') throw new Error(`no number: ${sql}`);
  return value;
}
