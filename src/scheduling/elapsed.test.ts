import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { elapsed } from './elapsed.ts';

async function isOver(waiting: Promise<void>): Promise<boolean> {
  return (await Promise.race([waiting, Promise.resolve('not yet')])) !== 'not yet';
}

test('elapsed resolves after its delay, or when its signal aborts', async () => {
  const clock = new FakeClock();
  const leaving = new AbortController();
  const [alone, long, short] = [
    elapsed(clock, 10),
    elapsed(clock, 1_000, leaving.signal),
    elapsed(clock, 10, leaving.signal),
  ];
  clock.advance(9);
  assert.deepEqual([await isOver(alone), await isOver(long), await isOver(short)], [false, false, false]);
  clock.advance(1);
  assert.deepEqual([await isOver(alone), await isOver(long), await isOver(short)], [true, false, true]);
  leaving.abort();
  assert.equal(await isOver(long), true);
  assert.equal(await isOver(elapsed(clock, 10, leaving.signal)), true);
});
