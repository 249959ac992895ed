import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OutboxScene as Scene } from '../../../tests/support/outbox-scene.ts';
import type { StoredFile } from '../messages/entry.ts';
import { FrameBatch } from './frame.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const file = (id: string, bytes: number): StoredFile => ({ id, name: 'f', bytes, sha256: '' });

test('a frame is one write, as long as the connection takes them', () => {
  const scene = new Scene({ capacityBytes: 1000 });
  scene.commit();
  scene.commit();
  scene.handOutAll();
  scene.outbox.reply(encoder.encode('answer'));
  assert.deepEqual(
    scene.connection.writes.map((bytes) => decoder.decode(bytes)),
    ['1;........', '2;........', 'answer'],
  );
});

test('a reader that takes nothing lags beyond the bound, holds no more, and gets all when it reads', async () => {
  const scene = new Scene();
  for (let i = 0; i < 1000; i++) {
    scene.commit();
    scene.handOutAll();
  }
  assert.equal(scene.outbox.isLagging, true);
  assert.ok(scene.connection.unsentBytes <= 10);
  await scene.readAll();
  assert.equal(scene.outbox.isLagging, false);
  assert.deepEqual(
    scene.got,
    scene.entries.map(({ position }) => `${position};`),
  );
});

test('a reader that lags again before it has all that it missed is told that it has caught up behind that', async () => {
  const scene = new Scene({ capacityBytes: 10 });
  for (let i = 0; i < 3; i++) scene.commit();
  scene.handedOut = 3;
  // In memory that it shares with others, as answers are.
  scene.outbox.resume(0, () => Buffer.from('caught up'));
  while (scene.outbox.isLagging) await new Promise(setImmediate);
  for (let i = 0; i < 50; i++) scene.commit();
  scene.handOutAll();
  assert.equal(scene.outbox.isLagging, true);
  await scene.readAll();
  const all = scene.entries.map(({ position }) => `${position};`);
  assert.deepEqual(scene.got, [...all, 'caught up']);
});

test('who waits until everything is sent goes on when a flush sends it at once', async () => {
  const scene = new Scene({ capacityBytes: 1000 });
  scene.commit();
  for (const frame of scene.entries) scene.outbox.deliver(new FrameBatch([frame]));
  const drained = scene.outbox.drained();
  assert.notEqual(drained, undefined, 'it is queued');
  scene.outbox.flush();
  await drained;
});

test('replies survive lagging', async () => {
  const scene = new Scene();
  for (let i = 0; i < 50; i++) scene.commit();
  scene.handOutAll();
  scene.outbox.reply(encoder.encode('answer'));
  await scene.readAll();
  assert.equal(scene.got.filter((text) => text === 'answer').length, 1);
});

test('when all outboxes together are over the budget, those that hold something lag', () => {
  const scene = new Scene({ budgetBytes: 25 });
  for (let i = 0; i < 5; i++) scene.commit();
  scene.handOutAll();
  assert.equal(scene.outbox.isLagging, true);
});

test('a reader that lags and takes nothing for 30 s is given up, one that takes something is not', async () => {
  const scene = new Scene();
  for (let i = 0; i < 50; i++) scene.commit();
  scene.handOutAll();
  scene.clock.advance(20_000);
  scene.connection.drain(1);
  await new Promise(setImmediate);
  scene.clock.advance(20_000);
  assert.equal(scene.gaveUp, undefined);
  scene.clock.advance(30_000);
  assert.equal(scene.gaveUp, 'stalled');
});

test('a slow reader of one large frame is not stalled while it takes some of it', async () => {
  const scene = new Scene();
  scene.commit(90);
  for (let i = 0; i < 10; i++) scene.commit();
  scene.handOutAll();
  assert.equal(scene.outbox.isLagging, true);
  scene.connection.take(45);
  scene.clock.advance(30_000);
  scene.connection.take(39);
  assert.equal(scene.gaveUp, undefined);
  scene.clock.advance(30_000);
  assert.equal(scene.gaveUp, 'stalled', 'a reader slower than a modem holds memory that all share');
});

test('room waits until the reader has taken enough or is gone', async () => {
  const scene = new Scene();
  assert.equal(scene.outbox.room(), undefined);
  scene.outbox.reply(new Uint8Array(200));
  const room = scene.outbox.room();
  assert.ok(room instanceof Promise);
  scene.connection.drain();
  await room;
  scene.outbox.reply(new Uint8Array(200));
  const second = scene.outbox.room();
  scene.outbox.close();
  await second;
});

test('nothing comes between a file and its announcement, nor for 150 ms after the file', async () => {
  const scene = new Scene();
  scene.files.set('a', [encoder.encode('AB'), encoder.encode('CD')]);
  scene.commit(10, file('a', 4));
  scene.commit();
  scene.handOutAll();
  scene.outbox.reply(encoder.encode('answer'));
  await scene.readAll();
  assert.deepEqual(scene.got, ['1;', 'AB', 'CD']);
  scene.clock.advance(149);
  await scene.readAll();
  assert.equal(scene.got.length, 3);
  scene.clock.advance(1);
  await scene.readAll();
  assert.deepEqual(scene.got, ['1;', 'AB', 'CD', '2;', 'answer']);
});

test('the notice of a file that is gone is written in its place', async () => {
  const scene = new Scene();
  scene.entries.push({
    bytes: encoder.encode('notice'),
    position: 1,
    file: file('gone', 4),
    withoutFile: encoder.encode('sorry'),
  });
  scene.handOutAll();
  await scene.readAll();
  assert.deepEqual(scene.got, ['sorry']);
});

test('finish writes what is queued, completes the file being sent, and writes its last bytes', async () => {
  const scene = new Scene();
  scene.files.set('a', [encoder.encode('AB')]);
  scene.commit(10, file('a', 2));
  scene.commit();
  scene.handOutAll();
  const finished = scene.outbox.finish(encoder.encode('bye'));
  scene.commit();
  scene.handOutAll();
  await scene.readAll();
  scene.clock.advance(150);
  await scene.readAll();
  await finished;
  assert.deepEqual(scene.got, ['1;', 'AB', '2;', 'bye']);
});

test('a stored file whose length has changed ends the session', async () => {
  for (const pieces of ['ABC', 'ABCDE']) {
    const scene = new Scene();
    scene.files.set('a', [encoder.encode(pieces)]);
    scene.commit(10, file('a', 4));
    scene.commit();
    scene.handOutAll();
    await scene.readAll();
    assert.equal(scene.gaveUp, 'failed');
    assert.ok(!scene.got.includes('2;'));
  }
});

test('finish waits as long as the reader takes something', async () => {
  const scene = new Scene();
  for (let i = 0; i < 5; i++) scene.commit();
  scene.handOutAll();
  const finished = scene.outbox.finish(encoder.encode('bye'));
  for (let i = 0; i < 5; i++) {
    scene.clock.advance(20_000);
    scene.connection.drain(1);
  }
  assert.equal(scene.gaveUp, undefined);
  scene.clock.advance(30_000);
  await finished;
  assert.equal(scene.gaveUp, 'stalled');
});

test('an outbox that closes returns its bytes to the budget', () => {
  const scene = new Scene({ budgetBytes: 1 });
  scene.outbox.reply(new Uint8Array(50));
  scene.outbox.reply(new Uint8Array(50));
  assert.equal(scene.budget.isSpent, true);
  scene.outbox.close();
  assert.equal(scene.budget.isSpent, false);
});

test('whatever the pace of commits, deliveries and reads: every entry once, in order, within the bound', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('commit' as const), bytes: fc.integer({ min: 6, max: 60 }) }),
    fc.record({ kind: fc.constant('handOut' as const) }),
    fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant('turn' as const) }),
  );
  const capacity = fc.integer({ min: 0, max: 80 });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 200 }), capacity, async (steps, capacityBytes) => {
      const scene = new Scene({ capacityBytes });
      for (const next of steps) {
        if (next.kind === 'commit') scene.commit(next.bytes);
        else if (next.kind === 'handOut') scene.handOutAll();
        else if (next.kind === 'read') scene.connection.drain(next.count);
        else await new Promise(setImmediate);
        assert.ok(scene.connection.unsentBytes <= 60 + 100);
      }
      scene.handOutAll();
      await scene.readAll();
      assert.deepEqual(
        scene.got,
        scene.entries.map(({ position }) => `${position};`),
      );
      assert.equal(scene.outbox.isLagging, false);
    }),
    { numRuns: 300 },
  );
});

test('drained also waits until a lagging reader has caught up', async () => {
  const scene = new Scene();
  assert.equal(scene.outbox.drained(), undefined, 'at once when nothing waits');
  for (let i = 0; i < 30; i++) scene.commit();
  scene.handOutAll();
  assert.ok(scene.outbox.isLagging);
  const got = scene.outbox.drained()?.then(() => scene.got.join('').split(';').length - 1);
  await scene.readAll();
  assert.equal(await got, 30);
  scene.commit();
  scene.handOutAll();
  const gone = scene.outbox.drained();
  scene.outbox.close();
  assert.equal(await gone, undefined, 'also when the reader is gone');
});
