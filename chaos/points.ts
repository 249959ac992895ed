import { subscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads';
import type { Point } from './plan.ts';

/**
 * Loaded into a server by `--import`, in each of its threads. It wraps functions of Node, so that the server itself knows
 * nothing of it:
 * - `CHAOS_POINT`, as `NAME HITS`, ends the process when it comes to that point for the HITS-th time;
 * - `CHAOS_CLOCK`, as `AHEAD-MS STEP-AFTER-MS STEP-MS`, sets its clock wrong;
 * - while there is a file of the name in `CHAOS_FULL_MARK`, its log finds the disk full;
 * - its connections are congested at times.
 */
const [point, hits = '1'] = (process.env.CHAOS_POINT ?? '').split(' ') as [Point | '', string?];
let left = Number(hits);
const fullMark = process.env.CHAOS_FULL_MARK ?? '';

const isLogWriter = threadName === 'log writer';

/** A slow disk would take so long: what was acknowledged too early goes out meanwhile. */
const slowCommitMs = 20;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  return sleep(60_000) as never;
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Whether it is this time. */
const isTime = (): boolean => --left === 0;

type Run = typeof StatementSync.prototype.run;

if (isLogWriter) watchStatements();
if (isMainThread) {
  subscribe('net.server.socket', (message) => congest((message as { readonly socket: Socket }).socket));
  if (point === 'after-ack') watchAcknowledgements();
  if (point === 'mid-upload' || point === 'after-rename') await watchUploads();
  if (point === 'mid-checkpoint') watchCheckpoints();
}
setClock();

function watchStatements(): void {
  const { run } = StatementSync.prototype;
  let hasEntries = false;
  let log: DatabaseSync | undefined;
  const watched: Run = function (this: StatementSync, ...values: never[]) {
    const sql = this.sourceSQL;
    if (sql === 'BEGIN IMMEDIATE' && fullMark !== '') {
      // SQLite takes less than there is for what there is.
      const pages = existsSync(fullMark) ? 1 : 0xfffffffe;
      log?.exec(`PRAGMA max_page_count = ${pages}`);
    }
    if (sql.startsWith('INSERT INTO entries')) hasEntries = true;
    const isCommit = sql === 'COMMIT' && hasEntries;
    if (isCommit) hasEntries = false;
    if (isCommit && point === 'before-commit' && isTime()) {
      sleep(slowCommitMs);
      die();
    }
    const result = Reflect.apply(run, this, values) as ReturnType<Run>;
    if (isCommit && point === 'after-commit' && isTime()) die();
    if (point === 'mid-prune' && sql.startsWith('DELETE FROM entries') && isTime()) die();
    return result;
  };
  StatementSync.prototype.run = watched;
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql.includes('max_page_count')) log = this;
    // The last statement of a migration, before its commit.
    if (point === 'mid-migration' && sql.startsWith('PRAGMA application_id') && isTime()) die();
    if (sql.includes('wal_checkpoint')) tellCheckpoint();
    exec.call(this, sql);
  };
  const { get } = StatementSync.prototype;
  StatementSync.prototype.get = function (...values: never[]) {
    if (this.sourceSQL.includes('wal_checkpoint(TRUNCATE)')) tellCheckpoint();
    return Reflect.apply(get, this, values) as ReturnType<typeof get>;
  };
}

/** The main thread ends the process while this one is in the checkpoint. */
function tellCheckpoint(): void {
  if (point === 'mid-checkpoint') new BroadcastChannel('chaos').postMessage('checkpoint');
}

function watchCheckpoints(): void {
  const channel = new BroadcastChannel('chaos');
  channel.onmessage = () => {
    if (isTime()) die();
  };
  channel.unref();
}

/** Ends the process when an acknowledgement went to the system, before anything more does. */
function watchAcknowledgements(): void {
  const { write } = Socket.prototype;
  Socket.prototype.write = function (this: Socket, ...args: never[]) {
    const result = Reflect.apply(write, this, args) as boolean;
    const [data] = args as unknown[];
    if (data instanceof Uint8Array && Buffer.from(data).includes('200 Sent') && isTime()) die();
    return result;
  };
}

async function watchUploads(): Promise<void> {
  const promises = createRequire(import.meta.url)('node:fs/promises');
  if (point === 'after-rename') {
    const { rename } = promises;
    promises.rename = async (from: string, to: string) => {
      await rename(from, to);
      if (from.endsWith('.part') && isTime()) die();
    };
    syncBuiltinESMExports();
    return;
  }
  const probe: FileHandle = await open('/dev/null');
  const prototype: FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  const { writev } = prototype;
  prototype.writev = async function (this: FileHandle, ...args: Parameters<typeof writev>) {
    const result = await writev.apply(this, args);
    if (isTime()) die();
    return result;
  } as typeof writev;
}

/** For a while, again and again, the system takes nothing of what is written: what is too much for an outbox waits there. */
function congest(socket: Socket): void {
  let timer: NodeJS.Timeout;
  const later = (leastMs: number, mostMs: number, action: () => void): void => {
    timer = setTimeout(action, leastMs + Math.random() * (mostMs - leastMs)).unref();
  };
  const hold = (): void => {
    socket.cork();
    later(20, 400, release);
  };
  const release = (): void => {
    socket.uncork();
    later(100, 2_000, hold);
  };
  later(100, 2_000, hold);
  socket.once('close', () => clearTimeout(timer));
}

/** The wall clock only: what measures does not change. Files are as old as if their disk had that clock. */
function setClock(): void {
  const [aheadMs = 0, stepAfterMs = 0, stepMs = 0] = (process.env.CHAOS_CLOCK ?? '').split(' ').map(Number);
  if (aheadMs === 0 && stepMs === 0) return;
  const now = Date.now;
  const wrongMs = (): number => aheadMs + (performance.now() >= stepAfterMs ? stepMs : 0);
  Date.now = () => now() + wrongMs();
  if (!isMainThread) return;
  const promises = createRequire(import.meta.url)('node:fs/promises');
  const { stat } = promises;
  promises.stat = async (...args: unknown[]) => {
    const stats = await stat(...args);
    stats.mtimeMs += wrongMs();
    return stats;
  };
  syncBuiltinESMExports();
}
