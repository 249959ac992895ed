import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface ReceiversOptions {
  readonly port: number;
  readonly receivers: number;
  /** What each says first; `NAME` stands for a name of its own. */
  readonly opening: string;
  /** What stands before the file's first byte, if anything does. */
  readonly announcement: string;
  /** How long the file is. */
  readonly bytes: number;
  /** The only receiver hashes what it gets: its own work would be measured. */
  readonly isHashed: boolean;
}

/** What came, when the last receiver had the last byte. Times are of `process.hrtime`, in milliseconds. */
export interface Received {
  /** The first byte behind the answer to what was said first. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly sha256: string | undefined;
}

/** Receivers of one file on a thread of their own; here when each of them had the answer to its opening. */
export async function startReceivers(
  options: ReceiversOptions,
): Promise<{ readonly received: Promise<Received>; stop(): Promise<unknown> }> {
  const worker = new Worker(new URL('./file-receivers-worker.ts', import.meta.url), { workerData: options });
  await once(worker, 'message');
  return {
    received: once(worker, 'message').then(([received]) => received),
    stop: () => worker.terminate(),
  };
}

/** Milliseconds of a clock that all threads share. */
export const sharedNowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
