import { constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { copyFile, open, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exitCodes } from '../../exit-codes.ts';
import { auditFileName, defaultDataFolder } from '../data-folder.ts';
import { entryOf, selectEntry } from '../log/rows.ts';
import { StartError } from '../start-error.ts';
import { systemUser } from './ask.ts';
import { appendAudit, notRecorded } from './audit.ts';
import { countOf } from './shown.ts';

const accountFile = 'account.jsonl';
const messagesFile = 'messages.jsonl';

export interface ExportOptions {
  readonly name: string;
  /** The destination: a new or empty folder. */
  readonly folder: string;
  readonly data?: string;
}

/**
 * `earshot admin export`: copies what is stored of a user, whether the server runs or not: `account.jsonl` (the account, its
 * follows and tokens, without hashes), `messages.jsonl` (what they sent, and what was sent to them alone) and `files/`.
 * Resolves with the exit code.
 */
export async function exportUser({ name, folder, data }: ExportOptions): Promise<number> {
  process.umask(0o077);
  const from = resolve(data || defaultDataFolder(process.env));
  try {
    if (!existsSync(join(from, 'earshot.db')))
      throw new StartError(exitCodes.noData, `${from} is not a data folder of earshot`);
    const to = resolve(folder);
    const isNew = !existsSync(to);
    makeEmptyFolder(to);
    const account = await writeLines(join(to, accountFile), accountOf(join(from, 'accounts.db'), name));
    const files: { readonly id: string; readonly name: string }[] = [];
    const began = beginOf(join(from, 'accounts.db'), name);
    const lines = messagesOf(join(from, 'earshot.db'), name, began, (file) => files.push(file));
    const messages = await writeLines(join(to, messagesFile), lines);
    const copied = await copyFiles(join(from, 'attachments'), join(to, 'files'), files);
    const found = account + messages > 0;
    if (!found) await removeEmpty(to, isNew);
    const act = { time: new Date().toISOString(), by: systemUser(), command: 'export' };
    const outcome = found ? 'done' : 'nothing is stored of them';
    try {
      await appendAudit(join(from, auditFileName), { ...act, values: { name, folder: to }, outcome });
    } catch (error) {
      if (found) throw new StartError(exitCodes.refused, notRecorded(error));
    }
    if (!found) throw new StartError(exitCodes.noUser, `nothing is stored of ${name}`);
    process.stdout.write(
      `${to} holds what is stored of ${name}: ${countOf(messages, 'message')} and ${countOf(copied, 'file')}.\n`,
    );
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`earshot: ${error.message}\n`);
    return error instanceof StartError ? error.exitCode : exitCodes.noData;
  }
}

function makeEmptyFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (readdirSync(path).length > 0)
    throw new StartError(exitCodes.noData, `${path} is not empty; give another folder`);
}

/** Removes what an export without content has written, so that the next one can use the folder. */
async function removeEmpty(folder: string, isNew: boolean): Promise<void> {
  for (const name of [accountFile, messagesFile]) await rm(join(folder, name));
  if (isNew) await rmdir(folder);
}

async function writeLines(path: string, lines: Iterable<object>): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  let count = 0;
  try {
    for (const line of lines) {
      await file.write(`${JSON.stringify(line)}\n`);
      count++;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return count;
}

function* accountOf(file: string, name: string): Generator<object> {
  if (!existsSync(file)) return;
  const database = new DatabaseSync(file, { timeout: 5000, readOnly: true });
  try {
    const account = database.prepare('SELECT * FROM accounts WHERE name = ?').get(name);
    if (account === undefined) return;
    const { id = 0, password: _, generation: _passwords, ...shown } = account;
    yield { kind: 'account', ...shown };
    const follows = database.prepare(
      'SELECT term, after, through FROM follows WHERE account_id = ? ORDER BY id',
    );
    for (const follow of follows.iterate(id)) yield { kind: 'follow', ...follow };
    const tokens = database.prepare(
      'SELECT id, label, created_ms, used_ms FROM tokens WHERE account_id = ? ORDER BY id',
    );
    for (const token of tokens.iterate(id)) yield { kind: 'token', ...token };
  } finally {
    database.close();
  }
}

/** The position after which the account counts; 0 when the name has none. */
function beginOf(file: string, name: string): number {
  if (!existsSync(file)) return 0;
  const database = new DatabaseSync(file, { timeout: 5000, readOnly: true });
  try {
    const row = database.prepare('SELECT created_after FROM accounts WHERE name = ?').get(name);
    return Number(row?.created_after ?? 0);
  } finally {
    database.close();
  }
}

/**
 * In the order of the log. Private messages count after the position `began`: those before are between others, such as a
 * user of that name who was erased. `onFile` gets each file among them.
 */
function* messagesOf(
  path: string,
  name: string,
  began: number,
  onFile: (file: { readonly id: string; readonly name: string }) => void,
): Generator<object> {
  const database = new DatabaseSync(path, { timeout: 5000, readOnly: true });
  try {
    const select = database.prepare(
      `${selectEntry} WHERE (sender = ? OR recipient = ?) AND (recipient IS NULL OR position > ?)
       AND position > (SELECT forgotten_through FROM meta) ORDER BY position`,
    );
    select.setReturnArrays(true);
    for (const row of select.iterate(name, name, began)) {
      const { position, timeMs, sender, message } = entryOf(row);
      if (message.kind === 'attachment') onFile(message.file);
      yield { position, time: new Date(timeMs).toISOString(), from: sender, ...message };
    }
  } finally {
    database.close();
  }
}

/** Copies the files that are still kept, each as `ID-NAME`; returns how many. */
async function copyFiles(
  from: string,
  to: string,
  files: readonly { readonly id: string; readonly name: string }[],
): Promise<number> {
  let copied = 0;
  for (const { id, name } of files) {
    if (!/^[0-9a-f]{32}$/.test(id)) continue;
    if (!existsSync(join(from, id))) continue;
    mkdirSync(to, { recursive: true, mode: 0o700 });
    const safe = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(-100);
    await copyFile(
      join(from, id),
      join(to, `${id}-${safe}`),
      constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
    );
    copied++;
  }
  return copied;
}
