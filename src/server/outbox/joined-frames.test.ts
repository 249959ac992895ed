import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { SlowConnection } from '../../../tests/support/slow-connection.ts';
import { ByteBudget } from '../../transport/byte-budget.ts';
import { type Frame, FrameBatch } from './frame.ts';
import { Outbox } from './outbox.ts';

const decoder = new TextDecoder();
const frame = (position: number): Frame => ({ bytes: Buffer.from(`${position};`), position });

/** A reader that never lags. */
function reader(options: { capacityBytes?: number; isJoined?: boolean } = {}) {
  const connection = new SlowConnection(options.capacityBytes ?? Number.POSITIVE_INFINITY);
  const outbox = new Outbox({
    connection,
    isJoined: options.isJoined ?? true,
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

const textsOf = (writes: readonly Uint8Array[]): string[] => writes.map((bytes) => decoder.decode(bytes));

test('frames that are delivered together are one write, whatever others get', () => {
  const readers = [reader(), reader(), reader()];
  const runs = [1, 2, 3].map((position) => new FrameBatch([frame(position)]));
  for (const [index, { outbox }] of readers.entries()) {
    for (const run of index === 2 ? runs.slice(1) : runs) outbox.deliver(run);
  }
  for (const { outbox } of readers) outbox.flush();
  assert.deepEqual(
    readers.map(({ connection }) => textsOf(connection.writes)),
    [['1;2;3;'], ['1;2;3;'], ['2;3;']],
  );
});

test('what waits for a reader that takes nothing keeps no memory of other variants', () => {
  const { connection, outbox } = reader({ capacityBytes: 2, isJoined: false });
  const memory: number[] = [];
  const write = connection.write.bind(connection);
  connection.write = (bytes) => {
    memory.push(bytes.buffer.byteLength);
    write(bytes);
  };
  const shared = Buffer.from(new ArrayBuffer(10_000)).fill('.');
  const deliver = (position: number): void =>
    outbox.deliver(new FrameBatch([{ bytes: shared.subarray(0, 9), position }]));
  for (const position of [1, 2, 3]) deliver(position);
  outbox.flush();
  deliver(4);
  while (connection.unreadBytes > 0) connection.drain();
  assert.deepEqual(memory, [10_000, 9, 9, 9]);
  assert.deepEqual(textsOf(connection.writes), Array(4).fill('.........'));
});

test('a joined write that the system did not take stays as it is while others are written', () => {
  const piece = fc.integer({ min: 1, max: 3_000 });
  const turn = fc.record({ reader: fc.nat(3), pieces: fc.array(piece, { minLength: 1, maxLength: 60 }) });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 40 }), fc.array(fc.nat(200_000)), (turns, capacities) => {
      const readers = [0, 1, 2, 3].map((index) => reader({ capacityBytes: capacities[index] ?? 0 }));
      const sent = readers.map(() => '');
      let position = 0;
      for (const { reader: index, pieces } of turns) {
        const { outbox } = readers[index] ?? assert.fail();
        for (const length of pieces) {
          const text = `${++position};`.padEnd(length, '.');
          sent[index] += text;
          outbox.deliver(new FrameBatch([{ bytes: Buffer.from(text), position }]));
        }
        outbox.flush();
      }
      for (const [index, { connection }] of readers.entries()) {
        // What is written now, and what was not copied then, has to be what was meant.
        while (connection.unreadBytes > 0) connection.drain();
        assert.equal(textsOf(connection.writes).join(''), sent[index]);
      }
    }),
    { numRuns: 50 },
  );
});

test('answers of one turn of the event loop are one write; those of the next are another', async () => {
  const { connection, outbox } = reader();
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
  const { connection, outbox } = reader();
  const announced = { ...frame(2), file: { id: 'a', name: 'f', bytes: 4, sha256: '' } };
  for (const one of [frame(1), announced, frame(3)]) outbox.deliver(new FrameBatch([one]));
  outbox.flush();
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  assert.equal(connection.writes.map((bytes) => decoder.decode(bytes)).join('|'), '1;|2;|FILE');
});

test('a reader that takes a line a call gets one line a write, unless it is behind', () => {
  const { connection, outbox } = reader({ isJoined: false });
  for (let position = 1; position <= 8; position++) outbox.deliver(new FrameBatch([frame(position)]));
  outbox.flush();
  assert.equal(connection.writes.length, 8);
  const behind = reader({ isJoined: false });
  for (let position = 1; position <= 9; position++) behind.outbox.deliver(new FrameBatch([frame(position)]));
  behind.outbox.flush();
  assert.equal(behind.connection.writes.length, 1);
  behind.outbox.deliver(new FrameBatch([frame(10)]));
  behind.outbox.flush();
  assert.deepEqual(textsOf(behind.connection.writes).slice(1), ['10;'], 'it keeps up again');
});

test('drained resolves when the answers are written', async () => {
  const { connection, outbox } = reader();
  outbox.reply(Buffer.from('a'));
  await outbox.drained();
  assert.equal(connection.writes.length, 1);
});
