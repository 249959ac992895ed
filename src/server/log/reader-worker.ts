import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isDamage, openProblem } from '../sqlite/database-file.ts';
import { answerTo, type Call } from '../sqlite/thread-calls.ts';
import { openForReading } from './database.ts';
import { Reader } from './reader.ts';
import { cellsOf } from './rows.ts';
import { logSchema } from './schema.ts';
import type { FromReader, ReaderCalls, ToReader, WorkerOptions } from './worker-messages.ts';

/** The reader thread: answers queries, so that reading history never delays a commit. */

const port = parentPort;
if (port === null) throw new Error('this is the entry of a worker');
const { file } = workerData as WorkerOptions;
let database: DatabaseSync | undefined;
let reader: Reader | undefined;

const tell = (message: FromReader): void => port.postMessage(message);

function open(): void {
  try {
    database = openForReading(file);
    reader = new Reader(database);
    tell({ kind: 'opened' });
  } catch (error) {
    tell({ kind: 'cannotOpen', problem: openProblem(file, logSchema, error) });
  }
}

const calls: ReaderCalls = {
  page(query, head) {
    const { page, prunedThrough } = opened().read(query, head);
    return { cells: cellsOf(page.entries), after: page.after, through: page.through, prunedThrough };
  },
  attachmentBytesSince: (sender, sinceMs) => opened().attachmentBytesSince(sender, sinceMs),
  attachment: (fileId, head) => opened().attachment(fileId, head),
  positionOf: (sender, retryId, head) => opened().positionOf(sender, retryId, head),
};

function opened(): Reader {
  if (reader === undefined) throw new Error('the log is not open');
  return reader;
}

function answer(call: Call<ReaderCalls>): void {
  try {
    tell(answerTo(calls, call));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new Error(`the log cannot be read: ${reason}`);
    tell({ kind: 'readFailed', id: call.id, error, isDamage: isDamage(file, cause) });
  }
}

port.on('message', (message: ToReader) => {
  switch (message.kind) {
    case 'open':
      return open();
    case 'call':
      return answer(message);
    case 'close':
      database?.close();
      port.close();
  }
});
