import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { abandonDatabase, isDamage, isFull, openProblem, storageError } from '../sqlite/database-file.ts';
import { Committer } from './committer.ts';
import { openForWriting } from './database.ts';
import { Maintenance } from './maintenance.ts';
import { type Cell, storedOf } from './rows.ts';
import { logSchema } from './schema.ts';
import type { FromWriter, ToWriter, WorkerOptions } from './worker-messages.ts';

/** The writer thread, with the only connection that writes: commits groups, and between them does `Maintenance`. */

const port = parentPort;
if (port === null) throw new Error('this is the entry of a worker');
const options = workerData as WorkerOptions;

const tell = (message: FromWriter): void => port.postMessage(message);

function open(): DatabaseSync | undefined {
  try {
    return openForWriting(options);
  } catch (error) {
    tell({ kind: 'cannotOpen', problem: openProblem(options.file, logSchema, error) });
    return undefined;
  }
}

function serve(database: DatabaseSync): void {
  const committer = new Committer(database);
  const maintenance = new Maintenance(database, {
    head: () => committer.head,
    tailEntries: options.tailEntries,
    onError: fail,
  });
  let hasFailed = false;

  function fail(error: unknown): void {
    hasFailed = true;
    isDamage(options.file, error);
    maintenance.stop();
    abandonDatabase(database, options.file);
    tell({ kind: 'failed', error: storageError('the log cannot be written', error) });
    port?.close();
  }

  function commitOrRefuse(cells: readonly Cell[]): FromWriter & { kind: 'committed' | 'full' } {
    try {
      return { kind: 'committed', ...committer.commit(cells) };
    } catch (error) {
      if (!isFull(error)) throw error;
      return { kind: 'full', repeats: committer.stored(cells) };
    }
  }

  function commit({ cells }: ToWriter & { kind: 'group' }): void {
    try {
      const outcome = commitOrRefuse(cells);
      tell(outcome);
      maintenance.afterGroup(
        outcome.kind === 'committed' ? storedOf(cells, outcome.first, outcome.repeats) : [],
      );
    } catch (error) {
      fail(error);
    }
  }

  function prune(beforeMs: number): void {
    maintenance.prune(beforeMs, (isDone) => {
      tell({ kind: 'pruned', through: maintenance.prunedThrough, isDone });
    });
  }

  function close(): void {
    try {
      maintenance.finish();
      database.close();
    } catch (error) {
      fail(error);
      return;
    }
    port?.close();
  }

  port?.on('message', (message: ToWriter) => {
    // After a failure it is unknown what the storage holds, so it is left untouched.
    if (hasFailed) return;
    if (message.kind === 'group') commit(message);
    else if (message.kind === 'prune') prune(message.beforeMs);
    else if (message.kind === 'erase')
      maintenance.erase(message.sender, (erased) => tell({ kind: 'erased', erased }));
    else close();
  });
  try {
    let toldMs = performance.now();
    maintenance.catchUp((progress) => {
      if (performance.now() - toldMs < options.progressMs) return;
      toldMs = performance.now();
      tell({ kind: 'indexing', progress });
    });
  } catch (error) {
    tell({ kind: 'cannotOpen', problem: openProblem(options.file, logSchema, error) });
    return;
  }
  const epoch = epochOf(database, committer.head);
  tell({ kind: 'opened', epoch, head: committer.head, prunedThrough: maintenance.prunedThrough });
}

/** Returns the log's epoch; gives it a new one first if entries are missing that the log once had. */
function epochOf(database: DatabaseSync, head: number): string {
  const read = (): string => String(database.prepare('SELECT epoch FROM meta').get()?.epoch);
  const { mark } = options;
  if (mark !== undefined && mark.epoch === read() && mark.head > head)
    database.exec('UPDATE meta SET epoch = lower(hex(randomblob(16)))');
  return read();
}

const database = open();
if (database !== undefined) serve(database);
