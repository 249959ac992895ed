import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { SlowConnection } from '../../../tests/support/slow-connection.ts';
import { ByteBudget } from '../../transport/byte-budget.ts';
import { type Frame, FrameBatch } from './frame.ts';
import { FrameJoiner } from './frame-joiner.ts';
import { Outbox } from './outbox.ts';

const decoder = new TextDecoder();
const frame = (position: number): Frame => ({ bytes: Buffer.from(`${position};`), position });

/** A reader whose frames are joined, and which never lags. */
function reader(joiner: FrameJoiner, capacityBytes = Number.POSITIVE_INFINITY) {
  const connection = new SlowConnection(capacityBytes);
  const outbox = new Outbox({
    connection,
    joiner,
    budget: new ByteBudget(Number.POSITIVE_INFINITY),
    limits: { outboxBytes: 1e6, lagStallMs: 30_000, lagStallBytes: 40, afterFileMs: 150 },
    clock: new FakeClock(),
    source: {
      position: () => 0,
      read: () => assert.fail('nobody lags'),
      openFile: async () => [Buffer.from('FILE')] as unknown as AsyncIterable<Uint8Array>,
      onGiveUp: (reason) => assert.fail(reason),
    },
  });
  connection.attach({ onData() {}, onEnd() {}, onDrain: () => outbox.onDrain(), onClose() {} });
  return { connection, outbox };
}

test('frames that are delivered together are one write, of the same bytes for all readers that get the same', () => {
  const joiner = new FrameJoiner();
  const readers = [reader(joiner), reader(joiner), reader(joiner)];
  const runs = [1, 2, 3].map((position) => new FrameBatch([frame(position)]));
  for (const [index, { outbox }] of readers.entries()) {
    for (const run of index === 2 ? runs.slice(1) : runs) outbox.deliver(run);
  }
  for (const { outbox } of readers) outbox.flush();
  const writes = readers.map(({ connection }) => connection.writes);
  assert.deepEqual(
    writes.map((list) => list.map((bytes) => decoder.decode(bytes))),
    [['1;2;3;'], ['1;2;3;'], ['2;3;']],
  );
  assert.equal(writes[0]?.[0], writes[1]?.[0]);
});

test('answers of one turn of the event loop are one write; those of the next are another', async () => {
  const { connection, outbox } = reader(new FrameJoiner());
  outbox.reply(Buffer.from('a'));
  outbox.reply(Buffer.from('b'));
  assert.equal(connection.writes.length, 0);
  await Promise.resolve();
  outbox.reply(Buffer.from('c'));
  await Promise.resolve();
  assert.deepEqual(
    connection.writes.map((bytes) => decoder.decode(bytes)),
    ['ab', 'c'],
  );
});

test('a file follows the frame that announces it, and later frames follow the file', async () => {
  const { connection, outbox } = reader(new FrameJoiner());
  const announced = { ...frame(2), file: { id: 'a', name: 'f', bytes: 4, sha256: '' } };
  for (const one of [frame(1), announced, frame(3)]) outbox.deliver(new FrameBatch([one]));
  outbox.flush();
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  assert.equal(connection.writes.map((bytes) => decoder.decode(bytes)).join('|'), '1;|2;|FILE');
});

test('a joiner returns the pieces in their order, whatever was joined before', () => {
  const pieces = Array.from({ length: 4 }, (_, index) => Buffer.from(String(index)));
  const row = fc.array(fc.nat(3), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      const joiner = new FrameJoiner();
      for (const indexes of rows) {
        const joined = joiner.join(indexes.map((index) => pieces[index] ?? Buffer.alloc(0)));
        assert.equal(decoder.decode(joined), indexes.join(''));
      }
    }),
  );
});

test('drained resolves when the answers are written', async () => {
  const { connection, outbox } = reader(new FrameJoiner());
  outbox.reply(Buffer.from('a'));
  await outbox.drained();
  assert.equal(connection.writes.length, 1);
});
