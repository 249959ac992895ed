import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { FairTurns } from './fair-turns.ts';

/** Turns on a clock that stands still; `push` notes when an action runs, which takes `forMs`. */
function scene() {
  const clock = new FakeClock();
  const turns = new FairTurns(clock);
  const ran: string[] = [];
  const done = Promise.withResolvers<void>();
  const push = (lane: string, name: string, forMs: number): void =>
    turns.push(lane, () => {
      ran.push(name);
      clock.jump(forMs);
      if (name === 'last') done.resolve();
    });
  return { clock, turns, ran, push, done: done.promise };
}

it('runs nothing while it is pushed, and lanes alternate', async () => {
  const { ran, push, done } = scene();
  for (const name of ['a1', 'a2', 'a3']) push('a', name, 0);
  for (const name of ['b1', 'b2', 'last']) push('b', name, 0);
  assert.deepEqual(ran, []);
  await done;
  assert.deepEqual(ran, ['a1', 'b1', 'a2', 'b2', 'a3', 'last']);
});

it('gives the event loop to others after every 4 ms', async () => {
  const { ran, push, done } = scene();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'last']) push('a', name, 2);
  setImmediate(() => {
    ran.push('others');
    setImmediate(() => ran.push('others again'));
  });
  await done;
  assert.deepEqual(ran, ['a1', 'a2', 'others', 'others again', 'a3', 'a4', 'last']);
});

it('lets in those who come in each round before it goes on, but does not wait for them for more than 4 ms', async () => {
  const { clock, ran, push, done } = scene();
  push('a', 'a1', 4);
  push('a', 'last', 4);
  let come = 0;
  const newcomer = (): void => {
    push('b', `b${++come}`, 0);
    clock.jump(0.5);
    if (!ran.includes('last')) setImmediate(newcomer);
  };
  setImmediate(newcomer);
  await done;
  assert.deepEqual(ran.slice(0, 2), ['a1', 'b1']);
  const before = ran.indexOf('last');
  assert.ok(come >= 8, `${come} came while actions waited`);
  assert.ok(before < 12, `an action waited for ${before}`);
});

it('goes on when nobody comes, however little time that takes', async () => {
  const { ran, push, done } = scene();
  for (const name of ['a1', 'a2', 'last']) push('a', name, 4);
  await done;
  assert.deepEqual(ran, ['a1', 'a2', 'last']);
});

it('lets the caller of `next` go on in its turn', async () => {
  const { clock, turns } = scene();
  const times = await Promise.all(
    [3, 3, 3].map(async (forMs) => {
      await turns.next('a');
      await Promise.resolve();
      clock.jump(forMs);
      return clock.monotonicMs();
    }),
  );
  assert.deepEqual(times, [1_000_003, 1_000_006, 1_000_009]);
});
