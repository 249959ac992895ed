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
 * Opens, or makes, a database of ours for writing: mode 0600, what is committed is on stable storage. `settings`
 * are further pragmas. Throws what `openProblem` puts into words.
 *
 * After an unclean stop the database is looked through (300 MB a second), and what its WAL holds is put on the disk anew
 * before anybody is served. Recovery takes frames from the system's cache that may be on no disk: the kernel marks the
 * pages of a failed sync clean, and writes them never (https://lwn.net/Articles/752063/). Whatever was committed behind
 * such a hole would go with it in the next power cut.
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
 * Does after an unclean stop what `openDatabaseFile` does, for whoever only reads the database, and leaves its schema as it
 * is. Nobody else may write to it meanwhile. Throws what `openProblem` puts into words.
 */
export function mendDatabaseFile(file: string, schema: Schema): void {
  if (isUnclean(file)) openSafely(file, schema, '').close();
}

function openSafely(file: string, schema: Schema, settings: string): DatabaseSync {
  const isToMend = isUnclean(file);
  makeFile(file);
  if (isToMend) for (const name of [file, `${file}-wal`]) forgetCached(name);
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
  try {
    // Before anything is changed: what is not ours must stay as it is.
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
 * Closes a database on which something failed, and leaves its files as they are. With the last connection SQLite makes a
 * checkpoint and removes the WAL. But the kernel tells of a failed sync once: the next one would be taken for proof that
 * everything is on the disk.
 */
export function abandonDatabase(database: DatabaseSync, file: string): void {
  let last: DatabaseSync | undefined;
  try {
    last = new DatabaseSync(file, { readOnly: true });
    // From its first look on it counts as a connection, and it may not write.
    last.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch {
    // There is hardly a checkpoint either of what cannot be read.
  }
  database.close();
  last?.close();
}

function isUnclean(file: string): boolean {
  return sizeOf(`${file}-wal`) > 0 || existsSync(checkMark(file));
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
function assertDurable(database: DatabaseSync, { noun }: Schema): void {
  const mode = database.prepare('PRAGMA journal_mode').get()?.journal_mode;
  const synchronous = numberOf(database, 'PRAGMA synchronous');
  if (mode !== 'wal' || synchronous !== 2) {
    throw new SchemaError(
      `SQLite cannot keep this ${noun} safe here (journal ${mode}, synchronous ${synchronous})`,
    );
  }
}

/** Beside a database that is to be looked through when it is opened next, however it was closed. */
const checkMark = (file: string): string => `${file}-check`;

/**
 * Whether the database cannot be trusted any more (SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB): nothing may be acknowledged
 * on it. Leaves word for the next start.
 */
export function isDamage(file: string, error: unknown): boolean {
  const code = errorCode(error);
  if (code !== 10 && code !== 11 && code !== 26) return false;
  try {
    closeSync(openSync(checkMark(file), 'a', 0o600));
  } catch {
    // On a disk that takes no file the failure itself has to do.
  }
  return true;
}

/**
 * Has the system forget what it keeps of a file in memory and takes for written, so that the file is read as the disk has it.
 * To write over the pages of a failed sync is not enough: where the file had grown by them, ext4 puts what comes later on the
 * disk, and goes on taking the place for empty. Node cannot ask for it (posix_fadvise), GNU's dd can; without that one the
 * pages are only written over.
 */
function forgetCached(file: string): void {
  if (!existsSync(file)) return;
  const args = [`of=${file}`, 'oflag=nocache', 'conv=notrunc,nocreat', 'count=0', 'status=none'];
  spawnSync('dd', args, { stdio: 'ignore' });
}

/** So much of a WAL is read and written together. */
const walChunkBytes = 1024 * 1024;

/**
 * Writes the WAL over itself and syncs that. Into the database goes only what the WAL has on the disk: SQLite does not sync
 * that it cut the WAL, so after a power cut it may be back, and what it has of a page then counts for newer than the
 * database's.
 */
function rewriteWal(database: DatabaseSync, file: string): void {
  if (sizeOf(`${file}-wal`) === 0) return;
  // While a transaction to write is open nobody else writes to the WAL.
  database.exec('BEGIN IMMEDIATE');
  try {
    // SQLite has its locks on the other two files: those on this one would be gone when it is closed here.
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

/** Writes what the WAL holds into the database, syncs that, and cuts the WAL. */
function checkpointAll(database: DatabaseSync, { noun }: Schema): void {
  const row = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  // Any error is thrown; that somebody was in the way is told in the row.
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

/** Why the database cannot be opened, in one sentence for whoever starts the server. */
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

/** Whether another process held the database for longer than we wait (SQLITE_BUSY): nothing has happened. */
export function isLocked(error: unknown): boolean {
  return errorCode(error) === 5;
}
