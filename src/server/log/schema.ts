import type { Schema } from '../sqlite/migrations.ts';

/**
 * The log's schema.
 *
 * - `entries` is the log. It can answer every query; the rest only makes that fast.
 * - `keys` and `postings` are the index of keys. It is derived, written after the commit, and complete through
 *   `indexed_through`. A key's text is stored once. A row of `postings` is a run: positions of one key that were indexed
 *   together (`postings.ts`). Private keys are indexed like others; `*` is not.
 * - `meta` has one row. The next position follows the newest entry or `indexed_through`, whichever is greater, so even if
 *   all indexed entries are deleted their positions are not reused. Entries at or before `forgotten_through` are pruned:
 *   deleted or about to be, and not read. `dropped_keys` counts deleted keys; until it changes, ids of keys stay valid.
 */
const steps: readonly string[] = [
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

  `CREATE INDEX files ON entries (file_id) WHERE file_id IS NOT NULL;`,

  `ALTER TABLE meta ADD COLUMN forgotten_through INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE meta ADD COLUMN dropped_keys INTEGER NOT NULL DEFAULT 0;`,

  // Derive the index again. While there are entries, positions continue after them.
  `DROP TABLE postings;
   CREATE TABLE postings (
     key_id INTEGER NOT NULL,
     last INTEGER NOT NULL,
     gaps BLOB NOT NULL,
     PRIMARY KEY (key_id, last)
   ) STRICT, WITHOUT ROWID;
   UPDATE meta SET indexed_through = forgotten_through WHERE EXISTS (SELECT 1 FROM entries);`,

  // And again, since texts carry more keys: those of the words between punctuation.
  `DELETE FROM postings;
   UPDATE meta SET indexed_through = forgotten_through WHERE EXISTS (SELECT 1 FROM entries);`,
];

/** The id is "ears". */
export const logSchema: Schema = { noun: 'log', applicationId: 0x65617273, steps };
