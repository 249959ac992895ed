import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutboxScene as Scene } from '../../../tests/support/outbox-scene.ts';
import { FrameBatch } from './frame.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const file = { id: 'a', name: 'f', bytes: 4, sha256: '' };

/** A quick reader that has caught up: it has read ahead of what the hub has handed out. */
async function ahead(entries: number): Promise<Scene> {
  const scene = new Scene({ capacityBytes: 10_000 });
  for (let entry = 0; entry < entries; entry++) scene.commit();
  scene.outbox.resume(0, () => bytes('caught up'));
  while (scene.outbox.isLagging) await turn();
  await scene.readAll();
  assert.deepEqual(scene.got, ['1;', '2;', '3;', 'caught up']);
  return scene;
}

test('what catching up has read ahead of the hub is not delivered again', async () => {
  const scene = await ahead(5);
  scene.handOutAll();
  await scene.readAll();
  assert.deepEqual(scene.got.slice(4), ['4;', '5;']);
});

test('what catching up has read is not in a batch of which the rest is new, either', async () => {
  const scene = await ahead(20);
  scene.outbox.deliver(new FrameBatch(scene.entries));
  scene.outbox.flush();
  await scene.readAll();
  const rest = scene.entries.slice(3).map(({ position }) => `${position};`);
  assert.equal(scene.got.slice(4).join(''), rest.join(''));
});

test('a reader lags from the last entry that was written, whatever answers came with it or after it', async () => {
  for (const waiting of [0, 9]) {
    const scene = new Scene({ capacityBytes: 20 });
    const commit = (count: number) => {
      for (let entry = 0; entry < count; entry++) scene.commit(6);
      scene.handOutAll();
    };
    commit(waiting === 0 ? 3 : 4);
    commit(waiting);
    scene.outbox.reply(bytes('answer'));
    if (waiting > 0) scene.connection.drain();
    const before = scene.entries.length;
    commit(50);
    assert.equal(scene.outbox.isLagging, true);
    await scene.readAll();
    const entries = scene.entries.map(({ position }) => `${position};`);
    const expected = [...entries.slice(0, before), 'answer', ...entries.slice(before)];
    assert.equal(scene.got.join(''), expected.join(''));
  }
});

test('a reader is told once that it has caught up, also when it lags later', async () => {
  const scene = await ahead(3);
  scene.handOutAll();
  scene.entries.push({ bytes: new Uint8Array(20_000), position: 4 });
  for (let entry = 0; entry < 20; entry++) scene.commit();
  scene.handOutAll();
  assert.equal(scene.outbox.isLagging, true);
  await scene.readAll();
  assert.equal(scene.outbox.isLagging, false);
  assert.equal(scene.got.filter((text) => text === 'caught up').length, 1);
});

test('a reader for whom nothing waits does not lag, however much others hold', async () => {
  const scene = new Scene({ capacityBytes: 1_000, budgetBytes: 10 });
  scene.budget.hold(50);
  assert.equal(scene.outbox.room(), undefined);
  scene.commit();
  scene.handOutAll();
  assert.equal(scene.outbox.isLagging, false);
});

test('nothing follows the last words', async () => {
  for (let moments = 0; moments < 20; moments++) {
    const scene = new Scene({ capacityBytes: 1_000 });
    for (let entry = 0; entry < 5; entry++) scene.commit();
    scene.handedOut = 5;
    scene.outbox.resume(0, () => bytes('caught up'));
    for (let moment = 0; moment < moments; moment++) await undefined;
    void scene.outbox.finish(bytes('bye'));
    scene.outbox.reply(bytes('late'));
    await scene.readAll();
    assert.equal(scene.got.indexOf('bye'), scene.got.length - 1, `${moments} microtasks after the first`);
  }
});

test('a lagging reader that must leave gets its answers and the last words, and catches up no further', async () => {
  const scene = new Scene();
  for (let entry = 0; entry < 5; entry++) scene.commit();
  scene.handedOut = 5;
  scene.outbox.resume(0, () => bytes('caught up'));
  await turn();
  scene.outbox.reply(bytes('answer'));
  const finished = scene.outbox.finish(bytes('bye'));
  await scene.readAll();
  await finished;
  assert.deepEqual(scene.got, ['1;', 'answer', 'bye']);
  assert.equal(scene.clock.pendingTimers, 0);
});

test('who takes neither the last words, nor answers, nor a file is given up', async () => {
  for (const begin of [
    (scene: Scene) => {
      scene.outbox.reply(bytes('answer'));
      void scene.outbox.finish(bytes('bye'));
    },
    (scene: Scene) => {
      scene.outbox.reply(new Uint8Array(200));
      void scene.outbox.room();
    },
    (scene: Scene) => {
      scene.files.set('a', [bytes('ABCD')]);
      scene.commit(10, file);
      scene.handOutAll();
    },
  ]) {
    const scene = new Scene();
    begin(scene);
    await turn();
    scene.clock.advance(29_999);
    assert.equal(scene.gaveUp, undefined);
    scene.clock.advance(1);
    assert.equal(scene.gaveUp, 'stalled');
  }
});

test('a reader that goes away inside a file leaves neither an open file nor a timer', async () => {
  const scene = new Scene();
  let isOpen = false;
  const pieces = Object.assign([bytes('ABCD')], {
    *[Symbol.iterator]() {
      isOpen = true;
      try {
        yield bytes('AB');
        yield bytes('CD');
      } finally {
        isOpen = false;
      }
    },
  });
  scene.files.set('a', pieces as unknown as Uint8Array[]);
  scene.commit(10, file);
  scene.handOutAll();
  await turn();
  assert.equal(isOpen, true);
  scene.outbox.close();
  await turn();
  assert.deepEqual([isOpen, scene.clock.pendingTimers, scene.gaveUp], [false, 0, undefined]);
});
