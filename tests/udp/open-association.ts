import assert from 'node:assert/strict';
import type { Stream } from '../../src/transport/udp/streams/stream.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';

export const path = { delayMs: 20, rate: 6250, queueBytes: 250_000 };

/** What one end of a stream saw. */
export class Seen {
  readonly stream: Stream;
  readonly #chunks: Uint8Array[] = [];
  length = 0;
  ends = 0;
  readonly closes: (Error | undefined)[] = [];

  constructor(stream: Stream) {
    this.stream = stream;
    stream.attach({
      onData: (chunk) => {
        this.#chunks.push(chunk);
        this.length += chunk.length;
      },
      onDrain() {},
      onEnd: () => {
        this.ends++;
      },
      onClose: (error) => void this.closes.push(error),
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** An open association, and the server's ends of its streams as they come. */
export function open(options: Partial<SimulationOptions> = {}): { simulation: Simulation; accepted: Seen[] } {
  const accepted: Seen[] = [];
  const simulation = new Simulation({
    seed: 1,
    toServer: path,
    toClient: path,
    onStream: (stream) => void accepted.push(new Seen(stream)),
    ...options,
  });
  assert.ok(simulation.run(10_000, () => simulation.openedMs.length > 0));
  return { simulation, accepted };
}

/** Runs on for `ms`, or until `isDone`. */
export function pass(simulation: Simulation, ms: number, isDone?: () => boolean): boolean {
  return simulation.run(simulation.nowMs + ms, isDone);
}

export function acceptedOne(simulation: Simulation, accepted: readonly Seen[]): Seen {
  pass(simulation, 1000, () => accepted.length > 0);
  const [first] = accepted;
  assert.ok(first);
  return first;
}
