import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { TownOptions } from './mixed-town.ts';
import type { WireName } from './wires.ts';

/** Who is connected to what. */
export interface MixedLoadOptions extends TownOptions {
  readonly wire: WireName;
  readonly port: number;
  /** Over TLS. */
  readonly isEncrypted?: boolean | undefined;
  /** Clients who send and follow nothing; 0: the followers send. */
  readonly senders: number;
}

/** What is sent in a round. */
export interface MixedPlan {
  /** Texts of one sender that are not answered; no more are sent while it is so many. */
  readonly window: number;
  /** Texts a second of all senders; as many as the window allows without it. */
  readonly rate?: number;
  /** How long is sent; the round ends when everybody has everything. */
  readonly ms: number;
}

/** A round in which every follower got exactly what the model says. */
export interface MixedOutcome {
  readonly texts: number;
  /** Messages that followers got. */
  readonly deliveries: number;
  readonly deliveredBytes: number;
  /** From the first text sent to the last one received. */
  readonly ms: number;
  /** From sending a text to a follower's having it, milliseconds, of the deliveries to some followers. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Followers and senders, on a thread of their own. */
export interface MixedLoad {
  /** Rejects when a follower does not get everything, or something else. */
  run(plan: MixedPlan): Promise<MixedOutcome>;
  stop(): Promise<unknown>;
}

export async function startMixedLoad(options: MixedLoadOptions): Promise<MixedLoad> {
  const worker = new Worker(new URL('./mixed-worker.ts', import.meta.url), { workerData: options });
  await once(worker, 'message');
  return {
    async run(plan) {
      const outcome = once(worker, 'message');
      worker.postMessage(plan);
      const [answer] = await outcome;
      return answer;
    },
    stop: () => worker.terminate(),
  };
}
