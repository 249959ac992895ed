import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isProtected } from '../packets/packet-header.ts';
import { isReset, resetTokenFor, writeReset } from './stateless-reset.ts';

const secret = new Uint8Array(32).fill(1);
const id = new Uint8Array(8).fill(2);
const random = (bytes: Uint8Array): void => void bytes.fill(0x5a);

describe('a stateless reset', () => {
  it('looks like a packet, and is known by its token alone', () => {
    const reset = writeReset(secret, id, 1200, random);
    assert.ok(reset && isProtected(reset));
    assert.ok(isReset(reset, resetTokenFor(secret, id)));
    assert.ok(!isReset(reset, resetTokenFor(secret, new Uint8Array(8))));
    assert.ok(!isReset(reset, resetTokenFor(new Uint8Array(32), id)));
  });

  it('is shorter than what it answers, so that two ends do not answer each other for ever', () => {
    for (let length = 0; length < 200; length++) {
      const reset = writeReset(secret, id, length, random);
      assert.equal(reset !== undefined, length > 30);
      if (reset !== undefined) assert.ok(reset.length < length && isProtected(reset));
    }
  });
});
