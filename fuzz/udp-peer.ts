import assert from 'node:assert/strict';
import { Association } from '../src/transport/udp/association.ts';
import { headerBytes, tagBytes, writeHeader } from '../src/transport/udp/packets/packet-header.ts';
import { OpeningKeys, SealingKeys } from '../src/transport/udp/packets/packet-keys.ts';
import { defaultSettings } from '../src/transport/udp/settings.ts';
import { SharedCredit } from '../src/transport/udp/streams/credit.ts';
import type { Stream } from '../src/transport/udp/streams/stream.ts';
import { randomFrom } from '../tests/support/random.ts';
import { Script } from './script.ts';
import type { Target } from './target.ts';

/** Everything that an association does in one moment must end. */
const mostPolls = 1000;
const longestMs = 60_000;
const home = { host: '192.0.2.1', port: 5 } as const;
const settings = { ...defaultSettings, initialCredit: 4096, maxCredit: 16_384, packetsPerKey: 30 };
const shared = 32_768;
const secret = (of: number): Uint8Array => new Uint8Array(32).fill(of);

/** An association, and a peer that has the keys and says what the script has. Time is the script's. */
class Scene {
  readonly #association: Association;
  readonly #sealing = new SealingKeys(secret(1));
  readonly #streams: Stream[] = [];
  readonly #ended = new Map<Stream, number>();
  #gone = 0;
  #number = 0;
  #nowMs = 1000;
  #last: Uint8Array = new Uint8Array();
  /** Bytes to and from addresses other than the peer's first. */
  #sentAway = 0;
  #receivedAway = 0;

  constructor(isClient: boolean) {
    const random = randomFrom(7);
    this.#association = new Association({
      ...{ isClient, settings, shared: new SharedCredit(shared) },
      random: (bytes) => {
        for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256);
      },
      transmit: (bytes, host) => {
        if (host !== home.host) this.#sentAway += bytes.length;
      },
      ...{ ownId: new Uint8Array(8), peerId: new Uint8Array(8), resetToken: new Uint8Array(16).fill(3) },
      ...{ sealing: new SealingKeys(secret(2)), opening: new OpeningKeys(secret(1)) },
      ...{ idleTimeoutMs: 30_000, firstRoundTripMs: undefined, nowMs: this.#nowMs, ...home },
      events: {
        onStream: (stream) => this.#attach(stream),
        onGone: () => void this.#gone++,
        onWork() {},
      },
    });
    if (isClient) this.#attach(this.#association.openStream());
  }

  step(script: Script): void {
    const step = script.byte();
    const stream = this.#streams[(step >> 4) % Math.max(1, this.#streams.length)];
    const isAway = (step & 0x80) !== 0;
    switch (step % 16) {
      case 0:
      case 1:
      case 2:
        this.#receive(this.#sealed(script.piece(), 1), isAway);
        break;
      case 3:
        this.#receive(this.#sealed(script.piece(), 1 + script.byte()), isAway);
        break;
      case 4:
        this.#receive(this.#last, isAway);
        break;
      case 5:
        this.#receive(script.piece(), isAway);
        break;
      case 6:
        this.#sealing.update();
        break;
      case 7:
        stream?.write(new Uint8Array(1 + script.byte() * 100));
        break;
      case 8:
        stream?.end();
        break;
      case 9:
        stream?.destroy();
        break;
      case 10:
        stream?.pause();
        break;
      case 11:
        stream?.resume();
        break;
      case 12:
        if (script.byte() % 8 === 0) this.#association.close();
        break;
      case 13:
        this.#association.onRefused(this.#nowMs);
        break;
      case 14:
        this.#wait(script.byte() * 100);
        break;
      default:
        this.#wait(script.byte());
    }
    this.#wait(0);
    this.#check();
  }

  /** Nobody says anything more: it must end by itself, once, and everybody must be told. */
  finish(): void {
    for (const stream of this.#streams) stream.resume();
    this.#wait(longestMs);
    this.#wait(longestMs);
    assert.equal(this.#gone, 1, 'it did not end once');
    assert.equal(this.#association.dueMs, Infinity, 'there is something to do when it is gone');
    for (const stream of this.#streams) assert.equal(this.#ended.get(stream), 1, 'a stream did not end once');
  }

  #attach(stream: Stream): void {
    this.#streams.push(stream);
    stream.attach({
      onData: () => assert.equal(this.#ended.get(stream) ?? 0, 0, 'data comes after the end'),
      onDrain() {},
      onEnd() {},
      onClose: () => void this.#ended.set(stream, (this.#ended.get(stream) ?? 0) + 1),
    });
  }

  #sealed(frames: Uint8Array, more: number): Uint8Array {
    this.#number += more;
    const packet = new Uint8Array(headerBytes + frames.length + tagBytes);
    writeHeader(packet, this.#sealing.phase, new Uint8Array(8), this.#number);
    this.#sealing.seal(packet, frames, this.#number);
    return packet;
  }

  #receive(packet: Uint8Array, isAway: boolean): void {
    if (isAway) this.#receivedAway += packet.length;
    this.#association.receive(packet, isAway ? '203.0.113.9' : home.host, home.port, this.#nowMs);
    this.#last = packet;
  }

  #wait(ms: number): void {
    const untilMs = this.#nowMs + ms;
    this.#association.poll(this.#nowMs);
    for (let polls = 0; this.#association.dueMs <= untilMs; polls++) {
      assert.ok(polls < mostPolls + 10 * ms, 'it never rests');
      this.#nowMs = Math.max(this.#nowMs, this.#association.dueMs);
      this.#association.poll(this.#nowMs);
    }
    this.#nowMs = untilMs;
  }

  #check(): void {
    const { heldBytes, underWayBytes } = this.#association.figures;
    assert.ok(underWayBytes >= 0, 'less than nothing is under way');
    assert.ok(this.#association.streamCount <= settings.maxStreams, 'too many streams');
    const written = this.#streams.reduce(
      (sum, { unsentBytes, sentBytes }) => sum + unsentBytes + sentBytes,
      0,
    );
    // A ring doubles; what was written here is no affair of the peer's.
    const most =
      2 * (settings.maxStreams * settings.initialCredit + shared) +
      2 * written +
      2 ** 16 * settings.maxStreams;
    assert.ok(heldBytes <= most, `${heldBytes} bytes are held`);
    // No script knows a challenge, so the address is never proven.
    assert.ok(this.#sentAway <= 3 * this.#receivedAway, 'an address can be flooded');
  }
}

const ping = [0, 1, 1];
const data = [1, 15, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 97, 98];

export const peer: Target = {
  name: 'udp-peer',
  samples: [
    Uint8Array.from([0, ...ping, ...data, 7, 3, 15, 10, 2, 10, 2, 0, 0, 0, 2, 0, 0, 1, 0, 2, 8, 14, 255]),
    Uint8Array.from([1, ...ping, 7, 200, 15, 40, 0, 10, 2, 0, 0, 0, 4, 0, 0, 1, 0, 5, 0, 4, 0x1c, 0, 0, 0]),
    Uint8Array.from([0, ...data, 0x80, 1, 1, 0x87, 9, 14, 20, 6, ...ping, 9, 12, 8, 4, 13, 14, 50, 13]),
  ],
  run(input) {
    const script = new Script(input);
    const scene = new Scene(script.byte() % 2 === 1);
    for (let steps = 0; steps < 200 && !script.isOver; steps++) scene.step(script);
    scene.finish();
  },
};
