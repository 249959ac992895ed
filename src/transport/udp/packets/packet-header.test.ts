import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  headerBytes,
  isOddPhase,
  isProtected,
  lowNumberOf,
  shortestPacket,
  wholeNumber,
  writeHeader,
} from './packet-header.ts';

const number = fc.integer({ min: 0, max: 2 ** 50 });
const id = fc.uint8Array({ minLength: 8, maxLength: 8 });

describe('the header of a packet', () => {
  it('tells number, phase and connection again', () => {
    fc.assert(
      fc.property(
        number,
        id,
        fc.nat(9),
        fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }),
        (n, to, phase, off) => {
          const packet = new Uint8Array(shortestPacket);
          writeHeader(packet, phase, to, n);
          assert.ok(isProtected(packet));
          assert.equal(isOddPhase(packet), phase % 2 === 1);
          assert.deepEqual(packet.slice(1, 9), to);
          const expected = Math.max(0, n + off);
          assert.equal(wholeNumber(lowNumberOf(packet), expected), n, 'whatever number is expected nearby');
        },
      ),
    );
    assert.equal(headerBytes, 13);
  });

  it('is of no packet that is too short or begins otherwise', () => {
    const packet = new Uint8Array(shortestPacket).fill(0x40);
    assert.ok(isProtected(packet));
    assert.ok(!isProtected(packet.subarray(1)));
    for (let first = 0; first < 256; first++) {
      packet[0] = first;
      assert.equal(isProtected(packet), first === 0x40 || first === 0x44);
    }
  });
});
