import { DatabaseSync } from 'node:sqlite';
import { openDatabaseFile } from '../sqlite/database-file.ts';
import { logSchema } from './schema.ts';

export interface WriterOptions {
  readonly file: string;
  /** The size, in pages of 4 KiB, past which the database counts as full; by default the disk decides. */
  readonly maxPages: number | undefined;
}

/** Keeps the WAL file from staying as large as it once was, in bytes. */
const maxIdleWalBytes = 64 * 1024 * 1024;

/** Opens, or makes, the database for its one writer. Throws what `openProblem` puts into words. */
export function openForWriting({ file, maxPages }: WriterOptions): DatabaseSync {
  return openDatabaseFile(
    file,
    logSchema,
    `PRAGMA cache_size = -32768;
     PRAGMA wal_autocheckpoint = 0;
     PRAGMA journal_size_limit = ${maxIdleWalBytes};
     PRAGMA max_page_count = ${maxPages ?? 0xfffffffe};`,
  );
}

/** Opens the database, which the writer has open, for reading only. */
export function openForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000, readOnly: true });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384');
  return database;
}
