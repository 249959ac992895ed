import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { SlowConnection } from '../../../tests/support/slow-connection.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { ByteBudget } from '../../transport/byte-budget.ts';
import { FileStream, type OpenFile } from './file-stream.ts';
import { FrameBatch } from './frame.ts';
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

test('a slow reader of a file gets chat beside it, and is not stalled', async () => {
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

test('a quick reader of a file soon gets whole pieces', async () => {
  assert.deepEqual(await takeFile(10, () => {}), [128, 128, 256, 512, 512]);
});

const file = { id: 'a', name: 'f', bytes: 4, sha256: '' };
const announcement = { bytes: Buffer.from('announced;'), position: 1, file };

/** Sends a file of `pieces` to a reader that takes what a test drains; `isOpen` while its bytes are being read. */
function stream(
  pieces: readonly string[] | undefined,
  frame: Parameters<FileStream['send']>[0] = announcement,
) {
  const connection = new SlowConnection(0);
  const clock = new FakeClock();
  const seen = { isOpen: false };
  async function* bytes(): AsyncGenerator<Uint8Array, void> {
    seen.isOpen = true;
    try {
      yield Buffer.alloc(0);
      for (const piece of pieces ?? []) yield Buffer.from(piece);
    } finally {
      seen.isOpen = false;
    }
  }
  const open: OpenFile = async () => {
    if (pieces === undefined) return undefined;
    const opened = bytes();
    await opened.next();
    return opened;
  };
  const sender = new FileStream({ connection, clock, afterFileMs: 150, open });
  connection.attach({ onData() {}, onEnd() {}, onDrain: () => sender.onDrain(), onClose() {} });
  const text = (): string => Buffer.concat(connection.writes).toString();
  return { connection, clock, seen, sender, text, sent: sender.send(frame, file) };
}

/** Resolves when `promise` does; meanwhile the reader takes whatever is written and time passes. */
async function settled(
  promise: Promise<void>,
  { connection, clock }: ReturnType<typeof stream>,
): Promise<void> {
  let isOver = false;
  const over = promise.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  while (!isOver) {
    await new Promise(setImmediate);
    connection.drain();
    clock.advance(200);
  }
  await over;
}

test('a stream writes the announcement, then the bytes, each part after the one before was taken', async () => {
  const scene = stream(['AB', 'CD']);
  await new Promise(setImmediate);
  assert.equal(scene.text(), 'announced;');
  scene.connection.drain();
  await new Promise(setImmediate);
  assert.equal(scene.text(), 'announced;AB');
  await settled(scene.sent, scene);
  assert.equal(scene.text(), 'announced;ABCD');
});

test('a file that is gone is replaced, at once', async () => {
  const gone = stream(undefined, { ...announcement, withoutFile: Buffer.from('gone;') });
  await gone.sent;
  assert.equal(gone.text(), 'gone;');
  assert.equal(gone.clock.pendingTimers, 0);
});

test('a stream that is cancelled writes no more, resolves, and closes the file', async () => {
  const early = stream(['AB', 'CD']);
  early.sender.cancel();
  await early.sent;
  assert.equal(early.text(), '');
  const late = stream(['AB', 'CD']);
  await new Promise(setImmediate);
  assert.equal(late.seen.isOpen, true);
  late.sender.cancel();
  late.sender.cancel();
  await late.sent;
  assert.equal(late.text(), 'announced;');
  assert.deepEqual([early.seen.isOpen, late.seen.isOpen], [false, false]);
});

test('a stream rejects when the file has another length, and never writes more than was announced', async () => {
  for (const pieces of [['AB', 'C'], ['AB', 'CDE'], []]) {
    const scene = stream(pieces);
    await assert.rejects(settled(scene.sent, scene), /has not the 4 bytes/);
    assert.ok(scene.text().length <= 'announced;ABCD'.length);
    assert.equal(scene.seen.isOpen, false);
  }
});
