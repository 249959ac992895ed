import assert from 'node:assert/strict';
import { defaultSettings, type UdpSettings } from '../../src/transport/udp/settings.ts';
import type { Stream } from '../../src/transport/udp/streams/stream.ts';
import { randomFrom } from '../support/random.ts';
import type { LinkOptions } from './link.ts';
import { Simulation } from './simulation.ts';

/**
 * One run that a seed decides: a path of some badness, streams that carry bytes both ways, and things that happen
 * meanwhile. Throws when an invariant breaks.
 */
export interface TrialOptions {
  readonly settings?: Partial<UdpSettings>;
  /** The longest time without any byte delivered, beyond what the path's darkness explains, in milliseconds. */
  readonly holeMs?: number;
}

/** What a stream carries at `offset`, in the direction `way`. */
function byteAt(stream: number, way: number, offset: number): number {
  return (stream * 89 + way * 53 + offset * 31 + (offset >> 8) * 7) & 0xff;
}

function contentOf(stream: number, way: number, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteAt(stream, way, from + i);
  return bytes;
}

/** One end of a stream: writes its bytes in pieces, checks what comes, ends when it has written all. */
class End {
  readonly stream: Stream;
  readonly size: number;
  /** 0 at the client, 1 at the server. */
  readonly way: number;
  readonly #index: number;
  readonly #simulation: Simulation;
  readonly #onProgress: () => void;
  readonly #piece: number;
  readonly #slow: number;
  #written = 0;
  received = 0;
  ends = 0;
  readonly closes: (Error | undefined)[] = [];

  constructor(
    simulation: Simulation,
    stream: Stream,
    index: number,
    way: number,
    plan: StreamPlan,
    onProgress: () => void,
  ) {
    this.stream = stream;
    this.#simulation = simulation;
    this.#index = index;
    this.way = way;
    this.size = plan.sizes[way] ?? 0;
    this.#piece = plan.piece;
    this.#slow = plan.slowMs;
    this.#onProgress = onProgress;
    stream.attach({
      onData: (chunk) => this.#take(chunk),
      onDrain: () => this.write(),
      onEnd: () => {
        this.ends++;
        onProgress();
      },
      onClose: (error) => {
        this.closes.push(error);
      },
    });
    this.write();
  }

  write(): void {
    while (this.#written < this.size && this.stream.unsentBytes === 0) {
      const to = Math.min(this.size, this.#written + this.#piece);
      this.stream.write(contentOf(this.#index, this.way, this.#written, to));
      this.#written = to;
    }
    if (this.#written === this.size) this.stream.end();
  }

  #take(chunk: Uint8Array): void {
    const other = 1 - this.way;
    for (const [i, byte] of chunk.entries()) {
      if (byte !== byteAt(this.#index, other, this.received + i)) {
        assert.fail(`stream ${this.#index}: byte ${this.received + i} is ${byte}`);
      }
    }
    this.received += chunk.length;
    this.#onProgress();
    if (this.#slow === 0) return;
    this.stream.pause();
    this.#simulation.events.add(this.#simulation.nowMs + this.#slow, () => this.stream.resume());
  }
}

interface StreamPlan {
  /** Bytes from client to server, and back. */
  readonly sizes: readonly [number, number];
  readonly piece: number;
  /** How long a reader rests after each chunk. */
  readonly slowMs: number;
}

export interface TrialResult {
  readonly ms: number;
  readonly longestHoleMs: number;
  readonly mostHeld: number;
}

const handshakeMs = 60_000;

export function runTrial(seed: number, { settings = {}, holeMs = 12_000 }: TrialOptions = {}): TrialResult {
  const random = randomFrom(seed * 7919 + 3);
  const pick = (chance: number, most: number): number => (random() < chance ? random() * most : 0);
  const loss = pick(0.8, 0.4);
  const path: LinkOptions = {
    rate: 100 * 100 ** random(),
    queueBytes: 15_000 + random() * 200_000,
    delayMs: 1 + random() * 60,
    jitterMs: pick(0.5, 10),
    burst: random() < 0.3 ? 1 + random() * 1.5 : 1,
    duplicate: pick(0.3, 0.1),
    reorder: pick(0.4, 0.3),
    reorderMs: 20,
    corrupt: pick(0.3, 0.03),
  };
  const isOneWay = random() < 0.2;
  const plans: StreamPlan[] = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
    sizes: [Math.floor(random() ** 3 * 200_000), Math.floor(random() ** 3 * 200_000)],
    piece: random() < 0.5 ? 100 : 20_000,
    slowMs: random() < 0.15 ? 5 : 0,
  }));
  const opened: Stream[] = [];
  let lastMs = 0;
  let excusedMs = 0;
  let longestHoleMs = 0;
  const onProgress = (): void => {
    longestHoleMs = Math.max(longestHoleMs, simulation.nowMs - lastMs);
    lastMs = simulation.nowMs;
  };
  const ends: End[] = [];
  const full = { ...settings, handshakeTimeoutMs: handshakeMs, packetsPerKey: random() < 0.5 ? 50 : 2 ** 22 };
  const simulation: Simulation = new Simulation({
    seed,
    toServer: { ...path, loss: isOneWay ? 0 : loss },
    toClient: { ...path, loss },
    client: full,
    server: full,
    onStream(stream) {
      const index = opened.length;
      const plan = plans[index];
      assert.ok(plan, 'no more streams than were opened');
      opened.push(stream);
      ends.push(new End(simulation, stream, index, 1, plan, onProgress));
    },
  });
  assert.ok(
    simulation.run(handshakeMs, () => simulation.openedMs.length > 0),
    'the handshake succeeds',
  );
  lastMs = simulation.nowMs;
  const startMs = simulation.nowMs;
  for (const [index, plan] of plans.entries()) {
    ends.push(new End(simulation, simulation.client.openStream(), index, 0, plan, onProgress));
  }
  const happen = (what: () => number): void => {
    simulation.events.add(startMs + random() * 2000, () => {
      excusedMs += what();
    });
  };
  if (random() < 0.2) {
    happen(() => {
      simulation.toServer.darkUntilMs = simulation.nowMs + 2000;
      if (random() < 0.7) simulation.toClient.darkUntilMs = simulation.nowMs + 2000;
      return 2000;
    });
  }
  if (random() < 0.2) {
    happen(() => {
      simulation.sleep(3000);
      return 3000;
    });
  }
  if (random() < 0.2) {
    happen(() => {
      for (const link of [simulation.toServer, simulation.toClient])
        link.options = { ...link.options, mtu: 1300 };
      return 3000;
    });
  }
  if (random() < 0.2) {
    happen(() => {
      simulation.clientPort++;
      if (random() < 0.5) simulation.clientHost = '198.51.100.77';
      // The server cannot know before it hears from the client, which soon asks whether anybody is there.
      return 4000;
    });
  }
  const total = plans.reduce((sum, { sizes }) => sum + sizes[0] + sizes[1], 0);
  const mostMs = 60_000 + (10 * total) / ((path.rate ?? 1) * (1 - loss));
  let mostHeld = 0;
  const isDone = (): boolean => {
    mostHeld = Math.max(mostHeld, checkAssociations(simulation));
    if (ends.every((end) => end.way === 1 || end.closes.length > 0)) simulation.client.close();
    return ends.length === 2 * plans.length && ends.every(({ closes }) => closes.length > 0);
  };
  const isFinished = simulation.run(startMs + mostMs, isDone);
  assert.ok(isFinished, `everything is through after ${mostMs} ms`);
  for (const end of ends) {
    const peer = ends.find((other) => other !== end && other.stream.id === end.stream.id);
    assert.equal(end.received, peer?.size, 'all bytes arrived');
    assert.deepEqual([end.ends, end.closes.length], [1, 1]);
    // All the client's words that it has gone were lost: its end is known, and that it has ours is not.
    const cause = String(end.closes[0] ?? '');
    assert.ok(cause === '' || (end.way === 1 && cause.includes('ETIMEDOUT')), cause);
  }
  assert.ok(longestHoleMs <= holeMs + excusedMs, `a hole of ${longestHoleMs} ms`);
  simulation.client.close();
  assert.ok(
    simulation.run(
      simulation.nowMs + 60_000,
      () => simulation.clientGone.length + simulation.serverGone >= 2,
    ),
  );
  assert.equal(simulation.clientGone.length, 1);
  assert.equal(simulation.server.associationCount, 0);
  return { ms: simulation.nowMs - startMs, longestHoleMs, mostHeld };
}

/** Returns what the streams hold. */
function checkAssociations(simulation: Simulation): number {
  let held = 0;
  const client = simulation.client.association;
  for (const association of [...(client === undefined ? [] : [client]), ...simulation.server.associations]) {
    const figures = association.figures;
    assert.ok(figures.underWayBytes >= 0, 'nothing is counted twice');
    held += figures.heldBytes;
  }
  const most = 2 * 4 * 2 * (defaultSettings.maxCredit + 2 ** 20);
  assert.ok(held <= most, `${held} bytes are held`);
  return held;
}
