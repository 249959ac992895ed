import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Association } from '../../src/transport/udp/association.ts';
import { ByteWriter } from '../../src/transport/udp/packets/byte-cursor.ts';
import { frameTypes, writeStreamHead } from '../../src/transport/udp/packets/frames.ts';
import { headerBytes, tagBytes, writeHeader } from '../../src/transport/udp/packets/packet-header.ts';
import { OpeningKeys, SealingKeys } from '../../src/transport/udp/packets/packet-keys.ts';
import { defaultSettings } from '../../src/transport/udp/settings.ts';
import { SharedCredit } from '../../src/transport/udp/streams/credit.ts';

const home = '192.0.2.1';

/** A server's association with a client that has the keys and says what it likes. */
class Scene {
  readonly association: Association;
  readonly #sealing = new SealingKeys(new Uint8Array(32).fill(1));
  #number = 0;
  #nowMs = 1000;
  streams = 0;
  read = '';
  readonly gone: (Error | undefined)[] = [];
  /** Bytes that were sent to another address than the peer's. */
  sentAway = 0;

  constructor() {
    this.association = new Association({
      isClient: false,
      settings: defaultSettings,
      random: (bytes) => void bytes.fill(7),
      transmit: (bytes, host) => {
        if (host !== home) this.sentAway += bytes.length;
      },
      shared: new SharedCredit(1024 * 1024),
      ownId: new Uint8Array(8),
      peerId: new Uint8Array(8),
      sealing: new SealingKeys(new Uint8Array(32).fill(2)),
      opening: new OpeningKeys(new Uint8Array(32).fill(1)),
      idleTimeoutMs: 30_000,
      firstRoundTripMs: undefined,
      host: home,
      port: 5,
      nowMs: 1000,
      events: {
        onStream: (stream) => {
          this.streams++;
          stream.attach({
            onData: (chunk) => {
              this.read += Buffer.from(chunk).toString();
            },
            onDrain() {},
            onEnd: () => stream.end(),
            onClose() {},
          });
        },
        onGone: (error) => void this.gone.push(error),
        onWork() {},
      },
    });
  }

  /** Returns the size of the packet. */
  say(frames: Uint8Array, host = home): number {
    const packet = new Uint8Array(headerBytes + frames.length + tagBytes);
    writeHeader(packet, 0, new Uint8Array(8), this.#number);
    this.#sealing.seal(packet, frames, this.#number++);
    this.association.receive(packet, host, 5, this.#nowMs);
    this.association.poll(this.#nowMs);
    this.#nowMs += 1;
    return packet.length;
  }

  /** Data of `length` bytes for a stream. */
  sayData(stream: number, offset: number, length: number): void {
    const writer = new ByteWriter(new Uint8Array(1400));
    writeStreamHead(writer, stream, offset, length, false);
    writer.at += length;
    this.say(writer.written());
  }

  /** Lets time pass until nothing more happens. */
  wait(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.association.dueMs <= untilMs) {
      this.#nowMs = Math.max(this.#nowMs, this.association.dueMs);
      this.association.poll(this.#nowMs);
    }
  }
}

const types = Object.values(frameTypes);
/** Something like a frame: a type that exists more often than not, and any bytes. */
const frame = fc
  .tuple(fc.oneof(fc.constantFrom(...types), fc.nat(255)), fc.uint8Array({ maxLength: 20 }))
  .map(([type, rest]) => Uint8Array.of(type, ...rest));

describe('a peer that has the keys and breaks the rules', () => {
  it('harms nobody, whatever it says, and can be left', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 20 }), (frames) => {
        const scene = new Scene();
        for (const each of frames) scene.say(each);
        assert.ok(scene.streams <= defaultSettings.maxStreams);
        scene.wait(60_000);
        assert.equal(scene.gone.length, 1);
        assert.equal(scene.association.dueMs, Infinity);
      }),
      { numRuns: 300 },
    );
  });

  const broken: Record<string, (scene: Scene) => void> = {
    'opens too many streams': (scene) => scene.sayData(16, 0, 1),
    'exceeds its credit': (scene) => scene.sayData(0, 2 ** 40, 1),
    'acknowledges what was never sent': (scene) => scene.say(Uint8Array.of(2, 0, 0, 9, 9, 0, 0, 1, 0, 1)),
    'sends a frame that does not exist': (scene) => scene.say(Uint8Array.of(0x77)),
    'ends a packet within a frame': (scene) => scene.say(Uint8Array.of(frameTypes.stop, 0)),
  };
  for (const [what, act] of Object.entries(broken)) {
    it(`is told that it ${what}, and is left`, () => {
      const scene = new Scene();
      scene.sayData(0, 0, 5);
      act(scene);
      scene.wait(20_000);
      assert.match(String(scene.gone[0]), /EPROTO/);
    });
  }

  it('does not make the server say that to an address which is not its own, again and again', () => {
    const scene = new Scene();
    scene.sayData(0, 0, 5);
    const received = scene.say(Uint8Array.of(0x77), '203.0.113.9');
    scene.wait(60_000);
    assert.equal(scene.gone.length, 1);
    assert.ok(scene.sentAway <= 3 * received, `${scene.sentAway} bytes for ${received}`);
  });

  it('makes the server hold no more than the credit of its streams', () => {
    const scene = new Scene();
    let offset = 1;
    for (; offset < 512 * 1024 - 1300; offset += 1300) {
      for (let stream = 0; stream < defaultSettings.maxStreams; stream++) scene.sayData(stream, offset, 1300);
    }
    assert.deepEqual(scene.gone, []);
    const { heldBytes } = scene.association.figures;
    assert.ok(heldBytes >= 16 * 500_000 && heldBytes <= 2 * (16 * 512 * 1024 + 1024 * 1024), `${heldBytes}`);
  });

  it('cannot change bytes that were read, by sending others for the same place', () => {
    const scene = new Scene();
    const say = (offset: number, text: string): void => {
      const writer = new ByteWriter(new Uint8Array(100));
      writeStreamHead(writer, 0, offset, text.length, false);
      writer.put(Buffer.from(text));
      scene.say(writer.written());
    };
    say(0, 'abc');
    say(0, 'xyzdef');
    assert.equal(scene.read, 'abcdef');
    assert.deepEqual(scene.gone, []);
  });
});
