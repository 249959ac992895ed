import { DatabaseSync } from 'node:sqlite';
import { openDatabaseFile } from '../sqlite/database-file.ts';
import { logSchema } from './schema.ts';

export interface WriterOptions {
  readonly file: string;
  /** Maximum size in pages of 4 KiB; undefined: only the disk limits it. */
  readonly maxPages: number | undefined;
}

/** The WAL file is truncated to this many bytes after a checkpoint. */
const maxIdleWalBytes = 64 * 1024 * 1024;

/** Opens the database for its only writer, and creates it if need be. `openProblem` describes what this throws. */
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

/** Opens the database read-only. The writer must have it open. */
export function openForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000, readOnly: true });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384');
  return database;
}
