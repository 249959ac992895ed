import { Worker } from 'node:worker_threads';

/** A thread that works on a database, with the types of the messages to it and from it. */
export interface Thread<To, From> {
  tell(message: To): void;
  /** Sets the receiver of messages. Earlier messages without a receiver are lost. */
  listen(onMessage: (message: From) => void): void;
  /** Resolves when the thread has ended for any reason. */
  readonly ended: Promise<Ending>;
  /** Ends the thread at once, whatever it does. */
  terminate(): void;
}

/** How a thread ended; without `error` it ended regularly. */
export interface Ending {
  readonly error?: Error;
}

/**
 * Starts a thread. `entry` is its module, in the folder of `url`, without an extension: the compiler would not rewrite a
 * `.ts` in this string for dist/. `name` appears in errors: `log writer`.
 */
export function startThread<To, From>(
  url: string,
  entry: string,
  name: string,
  workerData: unknown,
): Thread<To, From> {
  const extension = url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./${entry}.${extension}`, url), { workerData, name });
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  worker.once('error', (error) =>
    resolve({ error: error instanceof Error ? error : new Error(String(error)) }),
  );
  worker.once('exit', (code) => {
    resolve(code === 0 ? {} : { error: new Error(`the ${name} thread ended with code ${code}`) });
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
