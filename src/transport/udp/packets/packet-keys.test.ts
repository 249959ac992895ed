import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { headerBytes, isOddPhase, tagBytes, writeHeader } from './packet-header.ts';
import { OpeningKeys, openOnce, SealingKeys, sealOnce } from './packet-keys.ts';

const secret = new Uint8Array(32).fill(1);
const id = new Uint8Array(8).fill(2);

function sealed(keys: SealingKeys, frames: Uint8Array, number: number): Uint8Array {
  const packet = new Uint8Array(headerBytes + frames.length + tagBytes);
  writeHeader(packet, keys.phase, id, number);
  keys.seal(packet, frames, number);
  return packet;
}

const opened = (keys: OpeningKeys, packet: Uint8Array, number: number) =>
  keys.open(packet, number, isOddPhase(packet));

describe('the keys of a direction', () => {
  it('open what they sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1400 }), fc.maxSafeNat(), (frames, number) => {
        const packet = sealed(new SealingKeys(secret), frames, number);
        const found = opened(new OpeningKeys(secret), packet, number);
        assert.deepEqual(new Uint8Array(found ?? []), frames);
      }),
    );
  });

  it('open nothing that was changed in any bit, its header included, or has another number', () => {
    const packet = sealed(new SealingKeys(secret), new Uint8Array(5), 77);
    for (let bit = 0; bit < packet.length * 8; bit++) {
      const changed = packet.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(opened(new OpeningKeys(secret), changed, 77), undefined, `bit ${bit}`);
    }
    assert.equal(opened(new OpeningKeys(secret), packet, 78), undefined);
    assert.equal(opened(new OpeningKeys(new Uint8Array(32)), packet, 77), undefined);
  });

  it('seal the same frames under another number as other bytes', () => {
    const keys = new SealingKeys(secret);
    const frames = new Uint8Array(32);
    const texts = new Set(
      Array.from({ length: 100 }, (_, n) =>
        Buffer.from(sealed(keys, frames, n * 2 ** 30).subarray(headerBytes)).toString('hex'),
      ),
    );
    assert.equal(texts.size, 100);
  });

  it('follow the sender to its next keys, and still open what left before', () => {
    const sealing = new SealingKeys(secret);
    const opening = new OpeningKeys(secret);
    const frames = Uint8Array.of(1, 2, 3);
    for (let phase = 0; phase < 5; phase++) {
      const first = 10 * phase;
      const late = sealed(sealing, frames, first + 1);
      assert.ok(opened(opening, sealed(sealing, frames, first), first));
      sealing.update();
      assert.ok(opened(opening, sealed(sealing, frames, first + 10), first + 10));
      assert.equal(opening.phase, phase + 1);
      assert.ok(opened(opening, late, first + 1), 'it was overtaken by the next key');
      assert.equal(opening.phase, phase + 1);
    }
  });

  it('do not move on for a forged packet of the next phase', () => {
    const opening = new OpeningKeys(secret);
    const forged = new Uint8Array(40);
    writeHeader(forged, 1, id, 3);
    assert.equal(opened(opening, forged, 3), undefined);
    assert.equal(opening.phase, 0);
    assert.ok(opened(opening, sealed(new SealingKeys(secret), Uint8Array.of(1), 4), 4));
  });
});

describe('a message sealed once', () => {
  it('opens with its secret and head only', () => {
    const head = Uint8Array.of(1, 2);
    const content = Uint8Array.of(3, 4, 5);
    const message = sealOnce(secret, head, content);
    assert.deepEqual(new Uint8Array(openOnce(secret, head, message) ?? []), content);
    assert.equal(openOnce(secret, Uint8Array.of(1, 3), message), undefined);
    assert.equal(openOnce(new Uint8Array(32), head, message), undefined);
  });
});
