import assert from 'node:assert/strict';
import { defaultSettings } from '../src/transport/udp/settings.ts';
import type { Stream } from '../src/transport/udp/streams/stream.ts';
import type { Link } from '../tests/udp/link.ts';
import { Simulation } from '../tests/udp/simulation.ts';
import { Script } from './script.ts';
import type { Target } from './target.ts';

const delayMs = 10;
const period = 251;
const path = { delayMs };
/** When the path is good again, everything must be through in so much time. */
const healMs = 120_000;
/** Shorter than the idle time-out: after that it would end, and rightly. */
const badMs = 20_000;
/** The longest chunk, and more. */
const content = new Uint8Array(4 * 1024 * 1024).map((_, i) => i % period);
const settings = { packetsPerKey: 20, handshakeTimeoutMs: 30_000 };

/** What a stream carries at `offset`. */
function contentAt(offset: number, length: number): Uint8Array {
  const from = offset % period;
  return content.subarray(from, from + length);
}

/** One end of a stream: what it wrote and what it got. */
class End {
  readonly stream: Stream;
  written = 0;
  received = 0;
  isEnded = false;
  ends = 0;
  closes = 0;

  constructor(stream: Stream) {
    this.stream = stream;
    stream.attach({
      onData: (chunk) => {
        assert.equal(
          Buffer.compare(chunk, contentAt(this.received, chunk.length)),
          0,
          'a byte is another one',
        );
        this.received += chunk.length;
      },
      onDrain() {},
      onEnd: () => void this.ends++,
      onClose: (error) => {
        assert.equal(error, undefined, 'a stream broke off');
        this.closes++;
      },
    });
  }

  write(length: number): void {
    if (this.isEnded) return;
    this.stream.write(contentAt(this.written, length));
    this.written += length;
  }

  end(): void {
    this.isEnded = true;
    this.stream.end();
  }
}

/** An honest client and an honest server; what the path does to them, and when they say what, is the script's. */
class Scene {
  readonly #script: Script;
  readonly #simulation: Simulation;
  readonly #ends: [End[], End[]] = [[], []];
  #badUntilMs = 0;

  constructor(script: Script) {
    this.#script = script;
    this.#simulation = new Simulation({
      seed: 1,
      toServer: path,
      toClient: path,
      client: settings,
      server: settings,
      onStream: (stream) => void this.#ends[1].push(new End(stream)),
    });
    for (const link of [this.#simulation.toServer, this.#simulation.toClient]) {
      link.spy = () => this.#treat(link);
    }
  }

  run(): void {
    const simulation = this.#simulation;
    assert.ok(
      simulation.run(30_000, () => simulation.openedMs.length > 0),
      'nobody gets in over a good path',
    );
    // One that stays: nobody asks for an association without a stream whether it is there, and it ends.
    this.#open().write(1);
    assert.ok(
      simulation.run(simulation.nowMs + 1000, () => this.#ends[1].length === 1),
      'a stream does not open',
    );
    this.#badUntilMs = simulation.nowMs + badMs;
    for (let steps = 0; steps < 100 && !this.#script.isOver; steps++) this.#step();
    this.#badUntilMs = simulation.nowMs;
    for (const end of this.#ends[0]) {
      end.end();
      end.stream.resume();
    }
    const isOver = (): boolean => {
      // The server's ends may come as late as now.
      for (const end of this.#ends[1]) {
        end.stream.resume();
        if (!end.isEnded) end.end();
      }
      return (
        this.#ends[1].length === this.#ends[0].length && this.#ends.flat().every(({ closes }) => closes === 1)
      );
    };
    assert.ok(
      simulation.run(simulation.nowMs + healMs, isOver),
      'not everything is through, though the path is good',
    );
    const received = (of: readonly End[]): number[] => of.map((end) => end.received).sort();
    const written = (of: readonly End[]): number[] => of.map((end) => end.written).sort();
    assert.deepEqual(received(this.#ends[1]), written(this.#ends[0]), 'bytes are missing');
    assert.deepEqual(received(this.#ends[0]), written(this.#ends[1]), 'bytes are missing');
    simulation.client.close();
    simulation.run(
      simulation.nowMs + healMs,
      () => simulation.clientGone.length + simulation.serverGone === 2,
    );
    assert.deepEqual(
      [simulation.clientGone, simulation.serverGone],
      [[undefined], 1],
      'it did not end in order',
    );
  }

  #open(): End {
    const end = new End(this.#simulation.client.openStream());
    this.#ends[0].push(end);
    return end;
  }

  #step(): void {
    const simulation = this.#simulation;
    const step = this.#script.byte();
    const side = (step >> 3) & 1;
    const ends = this.#ends[side] ?? [];
    const end = ends[(step >> 4) % Math.max(1, ends.length)];
    switch (step % 8) {
      case 0:
        if (this.#ends[0].length < defaultSettings.maxStreams) this.#open();
        break;
      case 1:
        end?.write(1 + this.#script.byte());
        break;
      case 2:
        end?.write(this.#script.byte() * 200);
        break;
      case 3:
        if (end !== ends[0]) end?.end();
        break;
      case 4:
        if (side === 0) end?.stream.pause();
        else end?.stream.resume();
        break;
      case 5:
        simulation.clientPort = 5000 + (step >> 4);
        break;
      case 6:
        // Not as long as to end it.
        simulation.run(simulation.nowMs + this.#script.byte() * 4);
        break;
      default:
        simulation.run(simulation.nowMs + (this.#script.byte() % 40));
    }
  }

  /** Decides what becomes of the datagram that is sent now. */
  #treat(link: Link): void {
    link.options = path;
    if (this.#simulation.nowMs >= this.#badUntilMs || this.#script.isOver) return;
    const fate = this.#script.byte();
    const more = fate >> 3;
    switch (fate % 8) {
      case 0:
      case 1:
        link.options = { delayMs, loss: 1 };
        break;
      case 2:
        link.options = { delayMs, duplicate: 1, reorder: 0.5, reorderMs: 2 * more };
        break;
      case 3:
        link.options = { delayMs, corrupt: 1 };
        break;
      case 4:
        link.options = { delayMs: delayMs + more, reorder: 1, reorderMs: 4 * more };
        break;
      default:
    }
  }
}

export const badPath: Target = {
  name: 'udp-path',
  samples: [
    Uint8Array.from([0, 1, 50, 7, 30, 5, 0, 9, 80, 7, 30, 3, 6, 40]),
    Uint8Array.from([
      0, 0, 2, 255, 18, 200, 7, 39, 0, 1, 2, 3, 4, 10, 99, 11, 60, 6, 200, 5, 69, 2, 100, 6, 250,
    ]),
    Uint8Array.from([0, 4, 2, 90, 6, 100, 12, 3, 26, 40, 7, 1, 8, 9, 37, 6, 80, 19, 27]),
  ],
  run(input) {
    new Scene(new Script(input)).run();
  },
};
