import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openProblem } from '../sqlite/database-file.ts';
import { openForReading } from './database.ts';
import { Reader } from './reader.ts';
import { logSchema } from './schema.ts';
import type { FromReader, ToReader, WorkerOptions } from './worker-messages.ts';

/** The thread that answers queries, so that reading history never delays a commit. */

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

function answer(message: Extract<ToReader, { id: number }>): void {
  try {
    if (reader === undefined) throw new Error('the log is not open');
    if (message.kind === 'read') {
      tell({ kind: 'page', id: message.id, page: reader.read(message.query, message.head) });
    } else {
      const bytes = reader.attachmentBytesSince(message.sender, message.sinceMs);
      tell({ kind: 'sum', id: message.id, bytes });
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    tell({ kind: 'readFailed', id: message.id, error: new Error(`the log cannot be read: ${reason}`) });
  }
}

port.on('message', (message: ToReader) => {
  switch (message.kind) {
    case 'open':
      return open();
    case 'read':
    case 'attachmentBytes':
      return answer(message);
    case 'close':
      database?.close();
      port.close();
  }
});
