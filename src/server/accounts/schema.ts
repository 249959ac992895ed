import type { Schema } from '../sqlite/migrations.ts';

/**
 * - `meta` has one row: the epoch of the log whose positions the other tables hold.
 * - `accounts`: `password` is a PHC string; `generation` counts the account's passwords.
 *   `login_ms` and `login_from` are the last login; all but `created_ms` are NULL for what an older version did.
 * - `tokens`: ids are never reused; `sha256` is the hash of the token's text.
 * - `follows`: ids give the order of following; `through` is NULL until the follow ends.
 */
const steps: readonly string[] = [
  `CREATE TABLE meta (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     epoch TEXT
   ) STRICT;
   INSERT INTO meta VALUES (1, NULL);

   CREATE TABLE accounts (
     id INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     password TEXT NOT NULL,
     generation INTEGER NOT NULL,
     created_ms INTEGER NOT NULL,
     created_after INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE tokens (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
     sha256 BLOB NOT NULL UNIQUE,
     label TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     used_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX tokens_of_account ON tokens (account_id, used_ms);

   CREATE TABLE follows (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
     key TEXT NOT NULL,
     term TEXT NOT NULL,
     after INTEGER NOT NULL,
     through INTEGER
   ) STRICT;
   CREATE UNIQUE INDEX follows_held ON follows (account_id, key) WHERE through IS NULL;
   CREATE INDEX follows_of_account ON follows (account_id, id);`,

  `ALTER TABLE accounts ADD COLUMN created_from TEXT;
   ALTER TABLE accounts ADD COLUMN login_ms INTEGER;
   ALTER TABLE accounts ADD COLUMN login_from TEXT;`,
];

/** The id is "eara". */
export const accountsSchema: Schema = { noun: 'account file', applicationId: 0x65617261, steps };
