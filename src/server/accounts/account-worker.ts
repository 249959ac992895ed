import { parentPort, workerData } from 'node:worker_threads';
import { isDamage, isFull, isLocked, openProblem, storageError } from '../sqlite/database-file.ts';
import { answerTo, type Call } from '../sqlite/thread-calls.ts';
import { AccountDatabase } from './account-database.ts';
import { AccountRows } from './account-rows.ts';
import { FollowRows } from './follow-rows.ts';
import { accountsSchema } from './schema.ts';
import { TokenRows } from './token-rows.ts';
import type { Calls, FromStore, ToStore, WorkerOptions } from './worker-messages.ts';

/** The accounts' worker thread: runs one call after the other, so that the main thread never waits for the disk. */

const port = parentPort;
if (port === null) throw new Error('this is the entry of a worker');
const { file, epoch, head, tokenLimits, endedFollowsKept } = workerData as WorkerOptions;

const tell = (message: FromStore): void => port.postMessage(message);

interface Store {
  readonly database: AccountDatabase;
  readonly accounts: AccountRows;
  readonly tokens: TokenRows;
  readonly follows: FollowRows;
}

function open(): Store | undefined {
  try {
    const database = new AccountDatabase(file);
    const accounts = new AccountRows(database);
    const tokens = new TokenRows(database, tokenLimits);
    accounts.useEpoch(epoch, head);
    return { database, accounts, tokens, follows: new FollowRows(database, endedFollowsKept) };
  } catch (error) {
    tell({ kind: 'cannotOpen', problem: openProblem(file, accountsSchema, error) });
    return undefined;
  }
}

/** Which rows answer which call. */
function callsOf({ accounts, tokens, follows }: Store): Calls {
  return {
    list: () => accounts.list(),
    noteLogin: (...values) => accounts.noteLogin(...values),
    erase: (...values) => accounts.erase(...values),
    create: (...values) => accounts.create(...values),
    credential: (...values) => accounts.credential(...values),
    rehash: (...values) => accounts.rehash(...values),
    setPassword: (...values) => accounts.setPassword(...values),
    changedElsewhere: () => accounts.changedElsewhere(),

    addToken: (...values) => tokens.addToken(...values),
    tokens: (...values) => tokens.tokens(...values),
    removeToken: (...values) => tokens.removeToken(...values),
    useToken: (...values) => tokens.useToken(...values),
    removedElsewhere: () => tokens.removedElsewhere(),
    removeIdleTokens: (...values) => tokens.removeIdleTokens(...values),

    follows: (...values) => follows.follows(...values),
    beginFollow: (...values) => follows.beginFollow(...values),
    endFollow: (...values) => follows.endFollow(...values),
    changeFollows: (...values) => follows.changeFollows(...values),
  };
}

function serve(store: Store): void {
  const { database, accounts } = store;
  const calls = callsOf(store);
  let hasFailed = false;

  function fail(error: unknown): void {
    hasFailed = true;
    isDamage(file, error);
    database.abandon();
    tell({ kind: 'failed', error: storageError('the accounts cannot be used', error) });
    port?.close();
  }

  function answer(call: Call<Calls>): void {
    const { id } = call;
    try {
      tell(answerTo(calls, call));
    } catch (error) {
      if (isFull(error)) tell({ kind: 'notWritten', id, reason: 'full' });
      else if (isLocked(error)) tell({ kind: 'notWritten', id, reason: 'locked' });
      else fail(error);
    }
  }

  port?.on('message', (message: ToStore) => {
    // After a failure it is unknown what the storage holds, so it is left untouched.
    if (hasFailed) return;
    if (message.kind === 'call') {
      answer(message);
      return;
    }
    database.close();
    port?.close();
  });
  tell({ kind: 'opened', names: accounts.names() });
}

const store = open();
if (store !== undefined) serve(store);
