import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isDamage, openProblem } from '../sqlite/database-file.ts';
import { openForReading } from './database.ts';
import { Reader } from './reader.ts';
import { cellsOf } from './rows.ts';
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

type Question = Extract<ToReader, { id: number }>;

function answer(message: Question): void {
  try {
    if (reader === undefined) throw new Error('the log is not open');
    tell(answerOf(reader, message));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new Error(`the log cannot be read: ${reason}`);
    tell({ kind: 'readFailed', id: message.id, error, isDamage: isDamage(file, cause) });
  }
}

function answerOf(from: Reader, message: Question): FromReader {
  const { id } = message;
  switch (message.kind) {
    case 'read': {
      const { page, forgottenThrough } = from.read(message.query, message.head);
      return { kind: 'page', id, cells: cellsOf(page.entries), through: page.through, forgottenThrough };
    }
    case 'attachmentBytes':
      return { kind: 'sum', id, bytes: from.attachmentBytesSince(message.sender, message.sinceMs) };
    case 'attachment':
      return { kind: 'attachment', id, entry: from.attachment(message.fileId, message.head) };
    case 'positionOf':
      return { kind: 'position', id, position: from.positionOf(message) };
  }
}

port.on('message', (message: ToReader) => {
  switch (message.kind) {
    case 'open':
      return open();
    case 'read':
    case 'attachmentBytes':
    case 'attachment':
    case 'positionOf':
      return answer(message);
    case 'close':
      database?.close();
      port.close();
  }
});
