import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { SlowConnection } from '../../../tests/support/slow-connection.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { ByteBudget } from '../../transport/byte-budget.ts';
import { FrameBatch } from './frame-batch.ts';
import { Outbox } from './outbox.ts';

/** A reader who takes one write at each step, `stepMs` after the one before; a message comes in between. */
async function takeFile(stepMs: number, meanwhile: (outbox: Outbox) => void): Promise<number[]> {
  const piece = new Uint8Array(512 * 1024);
  const connection = new SlowConnection(0);
  const clock = new FakeClock();
  const outbox = new Outbox({
    connection,
    clock,
    budget: new ByteBudget(Number.POSITIVE_INFINITY),
    limits: defaultLimits,
    source: {
      position: () => 0,
      read: () => assert.fail('nobody lags'),
      openFile: async () =>
        (async function* () {
          yield piece;
          yield piece;
          yield piece;
        })(),
      onGiveUp: (reason) => assert.fail(reason),
    },
  });
  connection.attach({ onData() {}, onEnd() {}, onDrain: () => outbox.onDrain(), onClose() {} });
  const file = { id: 'a', name: 'f', bytes: 3 * piece.length, sha256: '' };
  outbox.deliver(new FrameBatch([{ bytes: Buffer.from('1;'), position: 1, file }]));
  outbox.flush();
  const taken = (): number => connection.read.reduce((bytes, { length }) => bytes + length, 0);
  while (taken() < file.bytes) {
    await new Promise(setImmediate);
    meanwhile(outbox);
    clock.advance(stepMs);
    connection.drain(1);
  }
  const [, ...parts] = connection.writes;
  return parts.map(({ length }) => length / 1024);
}

test('beside a file that is taken slowly chat finds room, and its reader is no stalled one', async () => {
  let position = 1;
  // 16 KiB a second.
  const parts = await takeFile(8_000, (outbox) => {
    position++;
    outbox.deliver(new FrameBatch([{ bytes: Buffer.from(`${position};`), position }]));
    outbox.flush();
    assert.equal(outbox.isLagging, false);
    assert.equal(outbox.room(), undefined);
  });
  assert.deepEqual(
    parts,
    Array.from({ length: 12 }, () => 128),
  );
});

test('who takes a file quickly gets whole pieces soon', async () => {
  assert.deepEqual(await takeFile(10, () => {}), [128, 128, 256, 512, 512]);
});
