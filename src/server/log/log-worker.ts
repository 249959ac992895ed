import { Worker } from 'node:worker_threads';
import type { FromReader, FromWriter, ToReader, ToWriter, WorkerOptions } from './worker-messages.ts';

/** One of the log's two threads, with the types of what is said to it and by it. */
export interface LogWorker<To, From> {
  tell(message: To): void;
  /** Whom to tell from now on; what was said before is lost. */
  listen(onMessage: (message: From) => void): void;
  /** Fulfilled when the thread has ended, however that came. Until then it is told to nobody. */
  readonly ended: Promise<Ending>;
  /** Ends the thread wherever it is. */
  terminate(): void;
}

/** How a thread ended; `error` is missing when it ended by itself. */
export interface Ending {
  readonly error?: Error;
}

export const startWriter = (options: WorkerOptions): LogWorker<ToWriter, FromWriter> =>
  start('writer', options);
export const startReader = (options: WorkerOptions): LogWorker<ToReader, FromReader> =>
  start('reader', options);

function start<To, From>(name: 'writer' | 'reader', options: WorkerOptions): LogWorker<To, From> {
  // Sources run as they are and from dist/: the compiler rewrites imports, and no such name as this one.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./${name}-worker.${extension}`, import.meta.url), {
    workerData: options,
    name: `log ${name}`,
  });
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  worker.once('error', (error) =>
    resolve({ error: error instanceof Error ? error : new Error(String(error)) }),
  );
  worker.once('exit', (code) => {
    resolve(code === 0 ? {} : { error: new Error(`the log's ${name} thread ended with code ${code}`) });
  });
  return {
    tell: (message) => worker.postMessage(message),
    listen: (onMessage) => {
      worker.removeAllListeners('message');
      worker.on('message', onMessage);
    },
    ended,
    terminate: () => void worker.terminate(),
  };
}
