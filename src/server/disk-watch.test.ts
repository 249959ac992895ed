import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { DiskWatch } from './disk-watch.ts';

test('the disk is low while no more than the reserve is free, and only then', async () => {
  const clock = new FakeClock();
  let free = 1000;
  let looks = 0;
  const watch = new DiskWatch(clock, 500, async () => {
    looks++;
    if (free < 0) throw new Error('unknown');
    return free;
  });
  await watch.start();
  for (const [now, isLow] of [
    [499, true],
    [500, true],
    [501, false],
    [0, true],
    [-1, false],
  ] as const) {
    free = now;
    clock.advance(5_000);
    await new Promise(setImmediate);
    assert.equal(watch.isLow, isLow, `${now} bytes`);
  }
  watch.stop();
  clock.advance(60_000);
  assert.equal(looks, 6);
  assert.equal(clock.pendingTimers, 0);
});
