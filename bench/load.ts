import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { WireName } from './wires.ts';

/** Who is connected to what. */
export interface LoadOptions {
  readonly wire: WireName;
  readonly port: number;
  readonly followers: number;
  /** Whether followers and sender use TLS. */
  readonly isEncrypted?: boolean | undefined;
}

/** What is sent in a round. */
export interface Plan {
  /** Messages that at least one follower has not got; no more are sent while it is so many. */
  readonly window: number;
  /** Messages a second; as many as the window allows without it. */
  readonly rate?: number;
  /** How long is sent; the round ends when everybody has everything. */
  readonly ms: number;
}

/** A round in which every follower got every message. */
export interface Outcome {
  readonly messages: number;
  readonly deliveries: number;
  /** From the first message sent to the last one received. */
  readonly ms: number;
  /** From sending a message to a follower's having it, milliseconds, of all deliveries. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From sending a message to the last follower's having it, milliseconds, of each message. */
  readonly toAllMs: readonly number[];
  /** What the load itself took of a processor. */
  readonly cpuMs: number;
}

/** Followers and a sender, on a thread of their own. */
export interface Load {
  /** What connecting the followers took, until each had its answer. */
  readonly connectMs: number;
  /** Rejects when a follower does not get everything, or something else. */
  run(plan: Plan): Promise<Outcome>;
  stop(): Promise<unknown>;
}

export async function startLoad(options: LoadOptions): Promise<Load> {
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: options });
  const [connectMs] = await once(worker, 'message');
  return {
    connectMs,
    async run(plan) {
      const outcome = once(worker, 'message');
      worker.postMessage(plan);
      const [answer] = await outcome;
      return answer;
    },
    stop: () => worker.terminate(),
  };
}
