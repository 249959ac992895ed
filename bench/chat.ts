import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Somebody who says something to somebody else every 10 ms while something else is measured. */
export interface Chat {
  /** Milliseconds from sending to receiving, of every message since the last call. */
  takeDelays(): Promise<number[]>;
  stop(): Promise<unknown>;
}

export async function startChat(port: number): Promise<Chat> {
  const worker = new Worker(new URL('./chat-worker.ts', import.meta.url), { workerData: { port } });
  await once(worker, 'message');
  return {
    async takeDelays() {
      const answer = once(worker, 'message');
      worker.postMessage('delays');
      const [delays] = await answer;
      return delays;
    },
    stop: () => worker.terminate(),
  };
}
