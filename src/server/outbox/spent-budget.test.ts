import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutboxScene } from '../../../tests/support/outbox-scene.ts';

const othersBytes = 60;

/** A reader who missed three entries, while others hold all that readers may hold together. */
async function waiting(): Promise<OutboxScene> {
  const scene = new OutboxScene({ capacityBytes: 1_000, budgetBytes: 50 });
  for (let entry = 0; entry < 3; entry++) scene.commit();
  scene.handedOut = 3;
  scene.budget.hold(othersBytes);
  scene.outbox.resume(0, () => Buffer.from('caught up'));
  for (let look = 0; look < 3; look++) await passed(scene);
  await scene.readAll();
  assert.deepEqual(scene.got, []);
  return scene;
}

async function passed(scene: OutboxScene): Promise<void> {
  await new Promise(setImmediate);
  scene.clock.advance(100);
  await new Promise(setImmediate);
}

test('a reader who lags reads on once the others hold less', async () => {
  const scene = await waiting();
  scene.budget.hold(-othersBytes);
  await passed(scene);
  await scene.readAll();
  assert.equal(scene.got.join(''), '1;2;3;caught up');
  assert.equal(scene.outbox.isLagging, false);
});

test('a reader who is gone meanwhile reads nothing more', async () => {
  const scene = await waiting();
  scene.outbox.close();
  scene.budget.hold(-othersBytes);
  await passed(scene);
  await scene.readAll();
  assert.deepEqual([scene.got, scene.budget.heldBytes], [[], 0]);
});
