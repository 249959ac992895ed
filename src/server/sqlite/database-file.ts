import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { knownVersion, migrate, numberOf, type Schema, SchemaError } from './migrations.ts';

/**
 * Opens one of our databases for writing, and creates it if need be: mode 0600, commits are on stable storage. `settings` are
 * further pragmas. `openProblem` describes what this throws.
 *
 * After an unclean stop it checks the database (300 MB a second) and rewrites the WAL to disk before anybody is served.
 * SQLite's recovery reads WAL frames from the page cache, and these may be on no disk: after a failed sync the kernel marks
 * the pages clean and never writes them (https://lwn.net/Articles/752063/). In the next power cut, such a gap would take
 * with it everything that was committed after it.
 */
export function openDatabaseFile(file: string, schema: Schema, settings: string): DatabaseSync {
  const database = openSafely(file, schema, settings);
  try {
    migrate(database, schema);
    return database;
  } catch (error) {
    abandonDatabase(database, file);
    throw error;
  }
}

/**
 * After an unclean stop, mends the files as `openDatabaseFile` does, without a migration: for a caller that only reads the
 * database. Nobody else may write to it meanwhile. `openProblem` describes what this throws.
 */
export function mendDatabaseFile(file: string, schema: Schema): void {
  if (isUnclean(file)) openSafely(file, schema, '').close();
}

function openSafely(file: string, schema: Schema, settings: string): DatabaseSync {
  const isToMend = isUnclean(file);
  makeFile(file);
  if (isToMend) for (const name of [file, `${file}-wal`]) evictFromCache(name);
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
  try {
    // Before any change: a database that is not ours must stay as it is.
    knownVersion(database, schema);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA trusted_schema = OFF;
      PRAGMA temp_store = MEMORY;
      ${settings}`);
    assertDurable(database, schema);
    if (isToMend) {
      assertSound(database, schema);
      rewriteWal(database, file);
      checkpointAll(database, schema);
      rmSync(checkMark(file), { force: true });
    }
    return database;
  } catch (error) {
    abandonDatabase(database, file);
    throw error;
  }
}

/**
 * Closes a database after a failure, and leaves its files as they are. The last connection to close would make SQLite
 * checkpoint and remove the WAL, but the kernel reports a failed sync only once: the next sync would be taken as proof
 * that everything is on the disk.
 */
export function abandonDatabase(database: DatabaseSync, file: string): void {
  let last: DatabaseSync | undefined;
  try {
    last = new DatabaseSync(file, { readOnly: true });
    // From its first read on SQLite counts it as a connection, and it may not write.
    last.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch {
    // SQLite is unlikely to checkpoint what cannot be read.
  }
  database.close();
  last?.close();
}

/**
 * Writes the database anew, without what was deleted, and empties the WAL. On a full disk, or while another process uses
 * the database, it does only a part of that, and returns false.
 */
export function compactDatabase(database: DatabaseSync): boolean {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE); VACUUM');
    return Number(database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy) === 0;
  } catch (error) {
    if (isFull(error) || isLocked(error)) return false;
    throw error;
  }
}

function isUnclean(file: string): boolean {
  return sizeOf(`${file}-wal`) > 0 || existsSync(checkMark(file));
}

/** Creates the file with our mode before SQLite can; SQLite gives `-wal` and `-shm` the mode of their database. */
function makeFile(file: string): void {
  const isNew = sizeOf(file) === 0;
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  if (!isNew) return;
  // A new file survives a power cut only after its folder was synced.
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

/** Durability depends on these two settings, and SQLite does not report when it refuses one. */
function assertDurable(database: DatabaseSync, { noun }: Schema): void {
  const mode = database.prepare('PRAGMA journal_mode').get()?.journal_mode;
  const synchronous = numberOf(database, 'PRAGMA synchronous');
  if (mode !== 'wal' || synchronous !== 2) {
    throw new SchemaError(
      `SQLite cannot keep this ${noun} safe here (journal ${mode}, synchronous ${synchronous})`,
    );
  }
}

/** This file next to a database makes the next start check the database, however it was closed. */
const checkMark = (file: string): string => `${file}-check`;

/**
 * Returns whether the error means damage (SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB), after which nothing may be
 * acknowledged. If so, marks the database for a check at the next start.
 */
export function isDamage(file: string, error: unknown): boolean {
  const code = errorCode(error);
  if (code !== 10 && code !== 11 && code !== 26) return false;
  try {
    closeSync(openSync(checkMark(file), 'a', 0o600));
  } catch {
    // A disk that takes no new file: the caller still learns of the damage.
  }
  return true;
}

/**
 * Evicts a file from the page cache, so that it is read as the disk has it. Rewriting the pages of a failed sync is not
 * enough: where the file had grown by them, ext4 writes the new data and still takes the extent for empty. Node has no
 * posix_fadvise; GNU's dd has. Without it the pages are only rewritten.
 */
function evictFromCache(file: string): void {
  if (!existsSync(file)) return;
  const args = [`of=${file}`, 'oflag=nocache', 'conv=notrunc,nocreat', 'count=0', 'status=none'];
  spawnSync('dd', args, { stdio: 'ignore' });
}

/** The WAL is read and written in chunks of this size. */
const walChunkBytes = 1024 * 1024;

/**
 * Overwrites the WAL with itself and syncs it, so that a checkpoint copies only frames that are on disk. Otherwise: SQLite
 * does not sync the truncation of the WAL, so a power cut may bring the WAL back, and then its frames override newer pages
 * of the database.
 */
function rewriteWal(database: DatabaseSync, file: string): void {
  if (sizeOf(`${file}-wal`) === 0) return;
  // While we hold the write lock nobody else writes to the WAL.
  database.exec('BEGIN IMMEDIATE');
  try {
    // SQLite's locks are on the other two files. Closing this one here would release locks that it had on it.
    const wal = openSync(`${file}-wal`, 'r+');
    try {
      const bytes = Buffer.alloc(walChunkBytes);
      for (let at = 0; ; ) {
        const count = readSync(wal, bytes, 0, bytes.length, at);
        if (count === 0) break;
        at += writeSync(wal, bytes, 0, count, at);
      }
      fsyncSync(wal);
    } finally {
      closeSync(wal);
    }
  } finally {
    database.exec('ROLLBACK');
  }
}

/** Copies the WAL into the database, syncs it, and truncates the WAL. */
function checkpointAll(database: DatabaseSync, { noun }: Schema): void {
  const row = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  // Errors are thrown, but a blocked checkpoint is reported in the row.
  if (Number(row?.busy) !== 0) {
    throw new SchemaError(`another process reads the ${noun}, so it cannot be made safe; end that one first`);
  }
}

function assertSound(database: DatabaseSync, schema: Schema): void {
  const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (found !== 'ok') throw new SchemaError(damaged(schema, String(found).replace(/\s+/g, ' ')));
}

const damaged = ({ noun }: Schema, how: string): string =>
  `the ${noun} is damaged (${how}); restore it from a backup`;

/** Describes, in one sentence for the operator, why the database cannot be opened. */
export function openProblem(file: string, schema: Schema, error: unknown): string {
  const { noun } = schema;
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
      return `${file}: this is a folder, not the ${noun}`;
    case 5:
      return `${file}: another process uses the ${noun}`;
    case 11:
      return `${file}: ${damaged(schema, reason)}`;
    case 'ENOSPC':
    case 13:
      return `${file}: there is no space left for the ${noun}`;
    case 26:
      return `${file}: this is not an earshot ${noun}`;
    default:
      return `${file}: the ${noun} cannot be opened (${reason})`;
  }
}

/** The error of a storage that failed while running: `what`, then why, with SQLite's extended result code if it has one. */
export function storageError(what: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'errcode' in error ? `, SQLite code ${error.errcode}` : '';
  return new Error(`${what}: ${reason}${code}`);
}

/** Returns SQLite's primary result code (https://sqlite.org/rescode.html) or the system's error code. */
export function errorCode(error: unknown): number | string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether there was no space (SQLITE_FULL). Nothing was changed; a later attempt may succeed. */
export function isFull(error: unknown): boolean {
  return errorCode(error) === 13;
}

/** Whether another process held the lock for longer than our timeout (SQLITE_BUSY). Nothing was changed. */
export function isLocked(error: unknown): boolean {
  return errorCode(error) === 5;
}
