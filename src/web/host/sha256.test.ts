import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { PieceHash } from './sha256.ts';

test('a hash of pieces is that of Node', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 }), (pieces) => {
      const hash = new PieceHash();
      for (const piece of pieces) hash.update(piece);
      assert.equal(hash.hex(), createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
    }),
  );
});

test('every length around the end of a block', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Buffer.alloc(length, length);
    const hash = new PieceHash();
    hash.update(bytes);
    assert.equal(hash.hex(), createHash('sha256').update(bytes).digest('hex'), `${length}`);
  }
});
