import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { ServerEndpoint } from '../src/transport/udp/endpoints/server-endpoint.ts';
import { identityFrom } from '../src/transport/udp/handshake/key-exchange.ts';
import { helloBytes, kinds } from '../src/transport/udp/handshake/messages.ts';
import { ByteWriter } from '../src/transport/udp/packets/byte-cursor.ts';
import { defaultSettings } from '../src/transport/udp/settings.ts';
import { randomFrom } from '../tests/support/random.ts';
import { Script } from './script.ts';
import type { Target } from './target.ts';

const identity = identityFrom(new Uint8Array(32).fill(5));
const maxUnfinished = 4;
/** Handshakes with a cookie are of clients that are there, so there may be more of them. */
const mostUnfinished = 16 * maxUnfinished;
const steps = { datagram: 0, hello: 1, again: 2, wait: 3 } as const;
const kindsOfSteps = 4;

/** A server's socket that strangers without any key send to, from four addresses. */
class Besieged {
  readonly #server: ServerEndpoint;
  readonly #received = new Map<string, number>();
  readonly #sent = new Map<string, number>();
  #last: Uint8Array = new Uint8Array();
  /** The last cookie that was sent to anybody. */
  #cookie: Uint8Array = new Uint8Array();
  #nowMs = 1000;

  constructor() {
    const random = randomFrom(3);
    this.#server = new ServerEndpoint({
      settings: { ...defaultSettings, maxUnfinished, hellosPerSecond: 2 },
      random: (bytes) => {
        for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256);
      },
      identity,
      nowMs: this.#nowMs,
      transmit: (bytes, host, port) => {
        count(this.#sent, `${host} ${port}`, bytes.length);
        if (bytes[0] === kinds.retry) this.#cookie = bytes.slice(13, 33);
      },
      events: {
        onStream: () => assert.fail('somebody without keys opened a stream'),
        onGone: () => assert.fail('an association is gone that nobody opened'),
        onWork() {},
      },
    });
  }

  step(script: Script): void {
    const step = script.byte();
    const host = `192.0.2.${(step >> 4) & 1}`;
    const port = 1 + ((step >> 5) & 1);
    switch (step % kindsOfSteps) {
      case steps.datagram:
        this.#receive(script.piece(), host, port);
        break;
      case steps.hello:
        this.#receive(this.#hello(script), host, port);
        break;
      case steps.again:
        this.#receive(this.#last, host, port);
        break;
      default:
        this.#nowMs += script.byte() * 50;
    }
    this.#server.poll(this.#nowMs);
    assert.equal(this.#server.dueMs, Infinity, 'there is something to do for nobody');
    assert.equal(this.#server.associationCount, 0);
    assert.ok(this.#server.unfinishedCount <= mostUnfinished, 'too many handshakes are kept');
  }

  /** HELLO of the right size and with the right checksum; what it says is the script's. */
  #hello(script: Script): Uint8Array {
    const writer = new ByteWriter(new Uint8Array(helloBytes));
    writer.u8(kinds.hello);
    const head = script.piece();
    writer.put(head.subarray(0, helloBytes - 5));
    const hasCookie = script.byte() % 2 === 1 && this.#cookie.length > 0;
    if (hasCookie) {
      writer.bytes[13] = this.#cookie.length;
      writer.bytes.set(this.#cookie, 14);
    }
    writer.at = helloBytes - 4;
    writer.u32(crc32(writer.written()));
    return writer.bytes;
  }

  #receive(bytes: Uint8Array, host: string, port: number): void {
    const from = `${host} ${port}`;
    const before = this.#sent.get(from) ?? 0;
    count(this.#received, from, bytes.length);
    this.#server.receive(bytes, host, port, this.#nowMs);
    const answered = (this.#sent.get(from) ?? 0) - before;
    assert.ok(answered < Math.max(1, bytes.length), `${answered} bytes for ${bytes.length}`);
    for (const [to, sent] of this.#sent)
      assert.ok(sent <= (this.#received.get(to) ?? 0), 'more was sent to an address than came from there');
    this.#last = bytes;
  }
}

function count(counts: Map<string, number>, name: string, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more);
}

/** HELLO of version 1 with these connection id and key, as the script of a step. */
const hello = (idByte: number, hasCookie: number): number[] => [
  ...[1, 57, 0, 0, 0, 1, ...Array.from({ length: 8 }, () => idByte), 0],
  ...[...Array.from({ length: 20 }, () => 0), ...Array.from({ length: 24 }, (_, i) => i + idByte), hasCookie],
];

export const strangers: Target = {
  name: 'udp-strangers',
  samples: [
    Uint8Array.from([...hello(1, 0), 2, ...hello(2, 0), ...hello(3, 0), ...hello(3, 1), 3, 255, 3, 255]),
    Uint8Array.from([
      ...[0, 31, 0x40, ...Array.from({ length: 30 }, (_, i) => i)],
      ...[2, 16, 3, 0x60, 0x61, 0x62, 3, 9],
    ]),
  ],
  run(input) {
    const script = new Script(input);
    const besieged = new Besieged();
    for (let steps = 0; steps < 300 && !script.isOver; steps++) besieged.step(script);
  },
};
