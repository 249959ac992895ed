import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../packets/byte-cursor.ts';
import { defaultSettings } from '../settings.ts';
import { Acknowledger } from './acknowledger.ts';
import { DatagramSize } from './datagram-size.ts';
import { Pacer } from './pacer.ts';

describe('Acknowledger', () => {
  const write = (acks: Acknowledger, nowMs: number) => {
    const writer = new ByteWriter(new Uint8Array(100));
    acks.write(writer, nowMs, false);
    return writer.at;
  };

  it('waits a little for more packets, and no longer than that', () => {
    const acks = new Acknowledger(defaultSettings);
    acks.onPacket(0, true, 1000, 100, 40);
    assert.equal(acks.dueMs, 102);
    acks.onPacket(1, true, 1000, 101, 40);
    assert.equal(acks.dueMs, 102);
    assert.ok(write(acks, 102) > 0);
    assert.equal(acks.dueMs, Infinity);
    assert.equal(write(acks, 103), 0, 'it was said');
  });

  it('does not wait with the eighth packet, nor when one is missing', () => {
    const many = new Acknowledger(defaultSettings);
    for (let n = 0; n < 8; n++) many.onPacket(n, true, 1000, 100, 40);
    assert.equal(many.dueMs, 100);
    const gap = new Acknowledger(defaultSettings);
    gap.onPacket(0, true, 1000, 100, 40);
    gap.onPacket(2, true, 1000, 100, 40);
    assert.equal(gap.dueMs, 100);
  });

  it('waits longer after short packets, which nothing follows, unless one is missing', () => {
    const lines = new Acknowledger(defaultSettings);
    lines.onPacket(0, true, 200, 100, 40);
    assert.equal(lines.dueMs, 108);
    lines.onPacket(1, true, 1000, 101, 40);
    assert.equal(lines.dueMs, 103);
    const gap = new Acknowledger(defaultSettings);
    gap.onPacket(1, true, 200, 100, 40);
    assert.equal(gap.dueMs, 102);
  });

  it('does not answer acknowledgements', () => {
    const acks = new Acknowledger(defaultSettings);
    acks.onPacket(0, false, 1000, 100, 40);
    assert.deepEqual([acks.dueMs, write(acks, 200)], [Infinity, 0]);
  });

  it('knows each packet again, and takes none from below its window', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 100 }), (numbers) => {
        const acks = new Acknowledger(defaultSettings);
        const seen = new Set<number>();
        for (const number of numbers) {
          const expected = seen.has(number) || number <= acks.largest - 1024;
          assert.equal(acks.isRepeated(number), expected, `${number}`);
          if (expected) continue;
          acks.onPacket(number, true, 1000, 0, 40);
          seen.add(number);
        }
      }),
    );
  });
});

describe('DatagramSize', () => {
  it('tries the largest size first, three times each', () => {
    const size = new DatagramSize(defaultSettings, false);
    for (let i = 0; i < 3; i++) {
      assert.equal(size.probeSize(0), 1472);
      size.onProbeSent();
      assert.equal(size.probeSize(0), undefined, 'one at a time');
      size.onProbe(1472, false);
    }
    assert.equal(size.probeSize(0), 1452);
    size.onProbeSent();
    size.onProbe(1452, true);
    assert.deepEqual([size.size, size.probeSize(0)], [1452, undefined]);
  });

  it('tries a larger one first if the peer is on this machine', () => {
    assert.equal(new DatagramSize(defaultSettings, true).probeSize(0), 16_000);
  });

  it('goes back to the smallest size when only small ones pass', () => {
    const size = new DatagramSize(defaultSettings, false);
    size.onProbe(1472, true);
    for (let i = 0; i < 5; i++) size.onDatagram(1472, false, 5);
    assert.equal(size.onDatagram(100, true, 5), false, 'five can be chance');
    size.onDatagram(1472, true, 5);
    for (let i = 0; i < 6; i++) size.onDatagram(1472, false, 5);
    assert.equal(size.onDatagram(100, true, 900), false, 'a full queue does the same for a moment');
    assert.equal(size.onDatagram(100, false, 1005), false, 'nothing passes');
    assert.equal(size.onDatagram(100, true, 1005), true);
    assert.equal(size.size, 1200);
  });

  it('goes back to the smallest size when large ones stop passing, and rests', () => {
    const size = new DatagramSize(defaultSettings, false);
    size.onProbe(1472, true);
    assert.equal(size.onSilence(1200, 5), false, 'nothing large was under way');
    assert.equal(size.onSilence(1472, 5), true);
    assert.deepEqual([size.size, size.probeSize(600_004)], [1200, undefined]);
    assert.equal(size.probeSize(600_005), 1472);
  });
});

describe('Pacer', () => {
  it('lets as many bytes pass as the rate says, however late it is asked', () => {
    for (const everyMs of [0.1, 1, 2]) {
      const pacer = new Pacer();
      let sent = 0;
      for (let nowMs = 0; nowMs <= 100; nowMs += everyMs) {
        while (pacer.allows(nowMs, 1000, 2000)) {
          pacer.spend(500);
          sent += 500;
        }
      }
      assert.ok(sent >= 99_000 && sent <= 104_000, `${sent} bytes, asked every ${everyMs} ms`);
    }
  });

  it('says when a burst may leave', () => {
    const pacer = new Pacer();
    while (pacer.allows(0, 1000, 2000)) pacer.spend(500);
    assert.equal(pacer.readyMs(1000, 2000), 2);
  });
});
