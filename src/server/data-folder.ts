import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exitCodes } from '../exit-codes.ts';
import { StartError } from './start-error.ts';
import type { CertificateFiles } from './tls/certificate-files.ts';

/**
 * The data folder: everything that a server stores, for one server at a time. A lock of the operating system (on a
 * small SQLite file) protects it and ends with the process, even after a crash, so no stale lock remains. A file beside
 * it names the holder, for the error message of a second server.
 */
export interface DataFolder {
  readonly path: string;
  readonly logFile: string;
  readonly accountsFile: string;
  readonly spoolFolder: string;
  readonly markFile: string;
  readonly portFile: string;
  readonly guestsFile: string;
  /** Of the certificate that the server makes for itself. */
  readonly certificateFiles: CertificateFiles;
  /** The key of a server that listens over UDP. */
  readonly udpKeyFile: string;
  readonly admissionFile: string;
  readonly auditFile: string;
  /** Where `earshot admin` reaches the server. */
  readonly adminSocket: string;
  /** Records the address of this server, for the error message of a second one. */
  noteAddress(address: string): void;
  release(): void;
}

/** `$XDG_DATA_HOME/earshot`, by default `~/.local/share/earshot` (XDG Base Directory Specification). */
export function defaultDataFolder(environment: NodeJS.ProcessEnv): string {
  const base = environment.XDG_DATA_HOME;
  // The specification says to ignore relative paths.
  return join(base?.startsWith('/') ? base : join(homedir(), '.local', 'share'), 'earshot');
}

/** Creates the folder if necessary and locks it, or throws a `StartError`. */
export function openDataFolder(folder: string): DataFolder {
  const path = resolve(folder);
  try {
    makeFolders(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    assertOwn(path);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      exitCodes.noData,
      `the data folder ${path} cannot be used (${codeOf(error)}); ${choose}`,
    );
  }
  const holderFile = holderFileIn(path);
  const lock = takeLock(path);
  const note = (address: string | null): void => {
    writeFileSync(holderFile, `${JSON.stringify({ pid: process.pid, address })}\n`, { mode: 0o600 });
  };
  try {
    note(null);
  } catch (error) {
    lock.close();
    throw new StartError(
      exitCodes.noData,
      `the data folder ${path} cannot be used (${codeOf(error)}); ${choose}`,
    );
  }
  return {
    path,
    logFile: join(path, 'earshot.db'),
    accountsFile: accountsFileIn(path),
    spoolFolder: join(path, 'attachments'),
    markFile: join(path, 'head.json'),
    portFile: join(path, 'port.json'),
    guestsFile: join(path, 'guests.json'),
    certificateFiles: { cert: join(path, 'tls-cert.pem'), key: join(path, 'tls-key.pem') },
    udpKeyFile: join(path, 'udp-key.pem'),
    admissionFile: join(path, admissionFileName),
    auditFile: join(path, auditFileName),
    adminSocket: adminSocketIn(path),
    noteAddress: note,
    release() {
      rmSync(holderFile, { force: true });
      lock.close();
    },
  };
}

/** What a server makes in its folder; names that begin like a database's are SQLite's (`-wal`, `-shm`) or ours (`-check`). */
const ours =
  /^(?:(?:earshot|accounts|lock)\.db|head\.json|port\.json|guests\.json|server\.json|(?:tls-cert|tls-key|udp-key)\.pem|admission\.json|audit\.log|admin\.sock|attachments$)/;

/**
 * Refuses a folder that other users own or can write to, or with such files: they could replace our files by links, or
 * read and change private data.
 */
function assertOwn(path: string): void {
  const refuse = (problem: string): never => {
    throw new StartError(exitCodes.noData, `the data folder ${path} cannot be used (${problem}); ${choose}`);
  };
  const user = process.getuid?.();
  const { uid, mode } = statSync(path);
  if (user !== undefined && uid !== user) refuse('it belongs to another user');
  if ((mode & writableByOthers) !== 0) refuse('others may write there: chmod 700 it');
  for (const name of readdirSync(path).filter((each) => ours.test(each))) {
    const file = lstatSync(join(path, name), { throwIfNoEntry: false });
    if (file === undefined) continue;
    if (file.isSymbolicLink()) refuse(`${name} is a link`);
    if (user !== undefined && file.uid !== user) refuse(`${name} belongs to another user`);
    if ((file.mode & writableByOthers) !== 0) refuse(`others may write to ${name}: chmod go-w it`);
  }
}

const writableByOthers = 0o022;

/** Like `mkdir -p`. Node's own recursive mkdir hangs on some folders that cannot be created (in /proc). */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path, { mode: 0o700 });
  // The new folder must survive a power cut as well.
  const parent = openSync(dirname(path), 'r');
  try {
    fsyncSync(parent);
  } finally {
    closeSync(parent);
  }
}

export const admissionFileName = 'admission.json';
export const auditFileName = 'audit.log';

export function adminSocketIn(folder: string): string {
  return join(folder, 'admin.sock');
}

export function accountsFileIn(folder: string): string {
  return join(folder, 'accounts.db');
}

const choose = 'give another one with --data';

/**
 * Runs `work` while holding the lock of an existing folder; does nothing when a server holds it. Throws a `StartError`
 * when the lock cannot be used.
 */
export function whileFree(path: string, work: () => void): void {
  let lock: DatabaseSync;
  try {
    lock = takeLock(path);
  } catch (error) {
    if (error instanceof StartError && error.exitCode === exitCodes.dataInUse) return;
    throw error;
  }
  try {
    work();
  } finally {
    lock.close();
  }
}

function holderFileIn(path: string): string {
  return join(path, 'server.json');
}

function takeLock(path: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, 'lock.db'));
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    const isHeld = error instanceof Error && /locked|busy/i.test(error.message);
    if (isHeld) {
      const holder = describeHolder(holderFileIn(path));
      throw new StartError(exitCodes.dataInUse, `the data folder ${path} is in use by ${holder}; ${choose}`);
    }
    throw new StartError(
      exitCodes.noData,
      `the data folder ${path} cannot be used (${codeOf(error)}); ${choose}`,
    );
  }
}

function describeHolder(holderFile: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(holderFile, 'utf8'));
    if (typeof holder !== 'object' || holder === null || !('pid' in holder)) return 'another server';
    const address = 'address' in holder && typeof holder.address === 'string' ? ` at ${holder.address}` : '';
    return `the server with process id ${holder.pid}${address}`;
  } catch {
    // The holder has not written who it is yet.
    return 'another server';
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && error.code !== 'ERR_SQLITE_ERROR' ? String(error.code) : error.message;
}
