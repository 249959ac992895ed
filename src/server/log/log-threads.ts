import { startThread, type Thread } from '../sqlite/thread.ts';
import type { FromReader, FromWriter, ToReader, ToWriter, WorkerOptions } from './worker-messages.ts';

/** The log's two threads: one writes, one reads. */

export const startWriter = (options: WorkerOptions): Thread<ToWriter, FromWriter> =>
  startThread(import.meta.url, 'writer-worker', 'log writer', options);
export const startReader = (options: WorkerOptions): Thread<ToReader, FromReader> =>
  startThread(import.meta.url, 'reader-worker', 'log reader', options);
