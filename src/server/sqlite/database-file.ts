import { chmodSync, closeSync, existsSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { knownVersion, migrate, numberOf, type Schema, SchemaError } from './migrations.ts';

export interface OpenOptions {
  /** Further pragmas. */
  readonly settings?: string;
  /** Another process may have the database open too, and then has seen to what an unclean stop left. */
  readonly isShared?: boolean;
}

/**
 * Opens, or makes, a database of ours for writing: mode 0600, what is committed is on stable storage, what was found
 * in it as well. Throws what `openProblem` puts into words.
 */
export function openDatabaseFile(file: string, schema: Schema, options: OpenOptions = {}): DatabaseSync {
  const { settings = '', isShared = false } = options;
  const hasFailed = existsSync(markOf(file));
  const isUnclean = sizeOf(`${file}-wal`) > 0;
  makeFile(file);
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
    if (hasFailed || (isUnclean && sizeOf(file) <= mostCheckedBytes)) assertSound(database, schema);
    if (isUnclean) writeAnew(database, schema, isShared);
    migrate(database, schema);
    if (hasFailed && !isShared) rmSync(markOf(file), { force: true });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Writes what the WAL holds into the database, and syncs that. What is read from the WAL now may be on no disk: Linux
 * drops what it could not sync and goes on showing it, and a process that was killed may not have come to its sync.
 * Whatever is committed behind such a hole is lost with it when the power goes.
 */
function writeAnew(database: DatabaseSync, { noun }: Schema, isShared: boolean): void {
  const busy = numberOf(database, 'PRAGMA wal_checkpoint(TRUNCATE)');
  if (busy !== 0 && !isShared) {
    throw new SchemaError(
      `another process reads the ${noun}, so what the last server left cannot be made safe; end that one first`,
    );
  }
}

const markOf = (file: string): string => `${file}-failed`;

/** Has the database looked through when it is opened next. Best effort: the disk may not take even that. */
export function markFailed(file: string): void {
  try {
    const mark = openSync(markOf(file), 'a', 0o600);
    fsyncSync(mark);
    closeSync(mark);
    syncFolder(dirname(file));
  } catch {
    // Then a WAL that was left behind is what makes the next opening careful.
  }
}

/** Made here and not by SQLite, for the mode; SQLite gives `-wal` and `-shm` the mode of their database. */
function makeFile(file: string): void {
  const isNew = sizeOf(file) === 0;
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  if (!isNew) return;
  // A new file survives a power cut only once its folder is on disk as well.
  syncFolder(dirname(file));
}

/** What was made, renamed or removed in a folder survives a power cut from then on. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
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
    case 10:
    case 'EIO':
      return `${file}: the disk fails to read or to write the ${noun} (${reason})`;
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

/**
 * Whether what the storage holds is not what was written (SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB): nothing that is
 * read from it or put into it can be relied on.
 */
export function isStorageFailure(error: unknown): boolean {
  const code = errorCode(error);
  return code === 10 || code === 11 || code === 26;
}

/** Whether there was no space (SQLITE_FULL): nothing has happened, and a later attempt may succeed. */
export function isFull(error: unknown): boolean {
  return errorCode(error) === 13;
}

/** Whether another process held the database for longer than we wait (SQLITE_BUSY): nothing has happened. */
export function isLocked(error: unknown): boolean {
  return errorCode(error) === 5;
}
