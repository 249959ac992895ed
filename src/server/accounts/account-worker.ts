import { parentPort, workerData } from 'node:worker_threads';
import { isFull, isLocked, openProblem } from '../sqlite/database-file.ts';
import { AccountStore, openAccountFile } from './account-store.ts';
import { accountsSchema } from './schema.ts';
import type { FromStore, ToStore, WorkerOptions } from './worker-messages.ts';

/** The thread of the accounts' database: one call after the other, so no sync of the disk holds up a conversation. */

const port = parentPort;
if (port === null) throw new Error('this is the entry of a worker');
const { file, epoch, nowMs, limits } = workerData as WorkerOptions;

const tell = (message: FromStore): void => port.postMessage(message);

function open(): AccountStore | undefined {
  try {
    const store = new AccountStore(openAccountFile(file), limits);
    store.useEpoch(epoch);
    store.removeIdleTokens(nowMs);
    return store;
  } catch (error) {
    tell({ kind: 'cannotOpen', problem: openProblem(file, accountsSchema, error) });
    return undefined;
  }
}

function serve(store: AccountStore): void {
  let hasFailed = false;

  function fail(error: unknown): void {
    hasFailed = true;
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'errcode' in error ? `, SQLite code ${error.errcode}` : '';
    tell({ kind: 'failed', error: new Error(`the accounts cannot be used: ${reason}${code}`) });
    port?.close();
  }

  function answer({ id, method, values }: ToStore & { kind: 'call' }): void {
    try {
      // The values are those that `StoreThread.call` has checked against the method.
      const value: unknown = Reflect.apply(store[method], store, values);
      tell({ kind: 'answer', id, value });
    } catch (error) {
      if (isFull(error)) tell({ kind: 'notWritten', id, reason: 'full' });
      else if (isLocked(error)) tell({ kind: 'notWritten', id, reason: 'locked' });
      else fail(error);
    }
  }

  port?.on('message', (message: ToStore) => {
    // After a failure nobody knows what the storage holds, so it is left alone.
    if (hasFailed) return;
    if (message.kind === 'call') {
      answer(message);
      return;
    }
    store.close();
    port?.close();
  });
  tell({ kind: 'opened', names: store.names() });
}

const store = open();
if (store !== undefined) serve(store);
