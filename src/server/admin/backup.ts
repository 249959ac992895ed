import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exitCodes } from '../../exit-codes.ts';
import { accountsSchema } from '../accounts/schema.ts';
import {
  admissionFileName,
  auditFileName,
  defaultDataFolder,
  openDataFolder,
  whileFree,
} from '../data-folder.ts';
import { isUnfinished } from '../files/local-upload.ts';
import { logSchema } from '../log/schema.ts';
import { isFull, mendDatabaseFile, openProblem } from '../sqlite/database-file.ts';
import type { Schema } from '../sqlite/migrations.ts';
import { StartError } from '../start-error.ts';

export interface BackupOptions {
  /** The backup's folder. */
  readonly folder: string;
  readonly data?: string;
}

const databases = [
  { name: 'earshot.db', schema: logSchema },
  { name: 'accounts.db', schema: accountsSchema },
] as const;
const attachments = 'attachments';
/** The name of the log until all else is copied: a copy that ended early has no log, and nothing takes it for a whole one. */
const unfinishedLog = 'earshot.db.part';
const lockFile = 'lock.db';

/** `earshot backup`: copies a data folder, whether a server uses it or not. Resolves with the exit code. */
export function backup({ folder, data }: BackupOptions): Promise<number> {
  return inWords(async () => {
    const from = resolve(data ?? defaultDataFolder(process.env));
    if (!existsSync(join(from, 'earshot.db'))) throw noData(`${from} is not a data folder of earshot`);
    const to = await emptyFolder(resolve(folder));
    whileFree(from, () => mend(from));
    await copyAll(from, to);
    tell(`The backup is in ${to}.`);
  });
}

/**
 * `earshot restore`: creates a data folder from a backup. The log gets a new epoch, so that a client that has seen
 * messages after the backup does not mistake new ones for those. Resolves with the exit code.
 */
export function restore({ folder, data }: BackupOptions): Promise<number> {
  return inWords(async () => {
    const from = resolve(folder);
    if (!existsSync(join(from, 'earshot.db'))) throw noData(`${from} is not a backup of earshot`);
    // The lock of a restore that failed may be there.
    const to = await emptyFolder(resolve(data ?? defaultDataFolder(process.env)), lockFile);
    const held = openDataFolder(to);
    try {
      await copyAll(from, to, giveNewEpoch);
    } finally {
      held.release();
    }
    tell(`${to} now holds the backup ${from}; start the server on it.`);
  });
}

async function inWords(work: () => Promise<void>): Promise<number> {
  process.umask(0o077);
  try {
    await work();
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`earshot: ${error.message}\n`);
    return error instanceof StartError ? error.exitCode : exitCodes.noData;
  }
}

/** Syncs what an unclean stop may have left off the disk: the next power cut must not destroy it. */
function mend(folder: string): void {
  for (const { name, schema } of databases) {
    const file = join(folder, name);
    if (!existsSync(file)) continue;
    try {
      mendDatabaseFile(file, schema);
    } catch (error) {
      throw noData(openProblem(file, schema, error));
    }
  }
}

/**
 * An account, and a file, exist before the log mentions them: copied after the log, none that it mentions is missing. When
 * something fails, what was copied is removed: on a full disk it would take the room of the next try.
 */
async function copyAll(from: string, to: string, change = (_log: string): void => {}): Promise<void> {
  const log = join(to, unfinishedLog);
  try {
    for (const { name, schema } of databases) {
      const copy = schema === logSchema ? log : join(to, name);
      if (existsSync(join(from, name))) await copyDatabase(join(from, name), copy, schema);
    }
    await copyAttachments(from, to);
    await copyOperatorFiles(from, to);
    change(log);
    await rename(log, join(to, 'earshot.db'));
    await sync(to);
  } catch (error) {
    for (const name of await readdir(to))
      if (!name.startsWith(lockFile)) await rm(join(to, name), { recursive: true, force: true });
    throw error;
  }
}

/**
 * `VACUUM INTO` copies one snapshot. SQLite's backup interface would start over at each commit of another process. A
 * read-only connection makes no checkpoint: only a server that starts does, after it has mended the WAL.
 */
async function copyDatabase(from: string, to: string, schema: Schema): Promise<void> {
  tell(`Copying ${from} (${(await stat(from)).size} bytes) …`);
  const database = new DatabaseSync(from, { timeout: 5000, readOnly: true });
  try {
    database.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    throw noData(openProblem(isFull(error) ? to : from, schema, error));
  } finally {
    database.close();
  }
  assertSound(to);
  await chmod(to, 0o600);
  await sync(to);
}

function assertSound(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (found !== 'ok') throw noData(`${file} is damaged (${found})`);
  } finally {
    database.close();
  }
}

/** Skips files that retention deletes meanwhile. */
async function copyAttachments(from: string, to: string): Promise<void> {
  const folder = join(from, attachments);
  if (!existsSync(folder)) return;
  await mkdir(join(to, attachments), { recursive: true, mode: 0o700 });
  const names = (await readdir(folder)).filter((name) => !isUnfinished(name));
  tell(`Copying ${names.length} files …`);
  for (const name of names) {
    const copy = join(to, attachments, name);
    try {
      await copyFile(join(folder, name), copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      throw error;
    }
    await sync(copy);
  }
  await sync(join(to, attachments));
}

/** Bans and the registration, and what operators did; a server that had no operator has neither. */
async function copyOperatorFiles(from: string, to: string): Promise<void> {
  for (const name of [admissionFileName, auditFileName]) {
    if (!existsSync(join(from, name))) continue;
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_EXCL);
    await sync(join(to, name));
  }
}

function giveNewEpoch(file: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('UPDATE meta SET epoch = lower(hex(randomblob(16)))');
  } catch (error) {
    throw noData(openProblem(file, logSchema, error));
  } finally {
    database.close();
  }
}

async function emptyFolder(path: string, except?: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if ((await readdir(path)).some((name) => name !== except))
    throw noData(`${path} is not empty; give another folder`);
  return path;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function noData(problem: string): StartError {
  return new StartError(exitCodes.noData, problem);
}

function tell(what: string): void {
  process.stderr.write(`${what}\n`);
}
