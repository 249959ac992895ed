import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from './scheduling/clock.ts';

describe('systemClock', () => {
  it('waits for longer than Node can count', async () => {
    const called: string[] = [];
    const months = systemClock.after(2 ** 31, () => called.push('months'));
    // Keeps the process alive meanwhile, which the clock does not.
    const alive = setInterval(() => {}, 1_000);
    await new Promise<void>((resolve) => {
      systemClock.after(5, resolve);
    });
    clearInterval(alive);
    months.cancel();
    assert.deepEqual(called, []);
  });
});
