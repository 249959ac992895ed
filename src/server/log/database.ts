import { chmodSync, closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { knownVersion, migrate, numberOf, SchemaError } from './schema.ts';

export interface WriterOptions {
  readonly file: string;
  /** The size, in pages of 4 KiB, past which the database counts as full; by default the disk decides. */
  readonly maxPages: number | undefined;
}

/**
 * After an unclean stop a database of at most this size is looked through before it is used. SQLite recovers by
 * itself, so this is against what a crash of the machine may do to a disk; 300 MB a second keep it under two
 * seconds, and a larger file is not worth making everybody wait.
 */
const mostCheckedBytes = 512 * 1024 * 1024;

/** Keeps the WAL file from staying as large as it once was, in bytes. */
const mostIdleWalBytes = 64 * 1024 * 1024;

/** Opens, or makes, the database for its one writer. Throws what `openProblem` puts into words. */
export function openForWriting({ file, maxPages }: WriterOptions): DatabaseSync {
  const isUnclean = sizeOf(`${file}-wal`) > 0;
  makeFile(file);
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
  try {
    // Before anything is changed: what is not ours must stay as it is.
    knownVersion(database);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA trusted_schema = OFF;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -32768;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = ${mostIdleWalBytes};
      PRAGMA max_page_count = ${maxPages ?? 0xfffffffe};`);
    assertDurable(database);
    if (isUnclean && sizeOf(file) <= mostCheckedBytes) assertSound(database);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens the database, which the writer has open, for reading only. */
export function openForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000, readOnly: true });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384');
  return database;
}

/** Made here and not by SQLite, for the mode; SQLite gives `-wal` and `-shm` the mode of their database. */
function makeFile(file: string): void {
  const isNew = sizeOf(file) === 0;
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  if (!isNew) return;
  // A new file survives a power cut only once its folder is on disk as well.
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** That what is committed is on stable storage hangs on these two, and SQLite does not say when one is refused. */
function assertDurable(database: DatabaseSync): void {
  const mode = database.prepare('PRAGMA journal_mode').get()?.journal_mode;
  const synchronous = numberOf(database, 'PRAGMA synchronous');
  if (mode !== 'wal' || synchronous !== 2) {
    throw new SchemaError(
      `SQLite cannot keep this log safe here (journal ${mode}, synchronous ${synchronous})`,
    );
  }
}

function assertSound(database: DatabaseSync): void {
  const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (found !== 'ok') throw new SchemaError(damaged(String(found).replace(/\s+/g, ' ')));
}

const damaged = (how: string): string => `the log is damaged (${how}); restore it from a backup`;

/** Why the log cannot be opened, in one sentence for whoever starts the server. */
export function openProblem(file: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof SchemaError) return `${file}: ${reason}`;
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
    case 8:
    case 'EROFS':
      return `${file}: this user may not write there`;
    case 'ENOENT':
      return `${file}: there is no such folder`;
    case 'EISDIR':
      return `${file}: this is a folder, not the log`;
    case 5:
      return `${file}: another process uses the log`;
    case 11:
      return `${file}: ${damaged(reason)}`;
    case 'ENOSPC':
    case 13:
      return `${file}: there is no space left for the log`;
    case 26:
      return `${file}: this is not an earshot log`;
    default:
      return `${file}: the log cannot be opened (${reason})`;
  }
}

/** SQLite's primary result code (https://sqlite.org/rescode.html), or the system's error code. */
export function errorCode(error: unknown): number | string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether there was no space (SQLITE_FULL): nothing has happened, and a later attempt may succeed. */
export function isFull(error: unknown): boolean {
  return errorCode(error) === 13;
}
