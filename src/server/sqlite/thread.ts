import { Worker } from 'node:worker_threads';

/** A thread that works on a database, with the types of what is said to it and by it. */
export interface Thread<To, From> {
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

/**
 * Starts a thread. `entry` is its module beside that of `url`, without an extension: sources run as they are and from
 * dist/, and the compiler rewrites imports, and no such name as this one. `name` is for people: `log writer`.
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
