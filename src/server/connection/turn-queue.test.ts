import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnQueue } from './turn-queue.ts';

test('one connection goes on in each round of the event loop, and addresses alternate', async () => {
  const turns = new TurnQueue();
  const went: string[] = [];
  const waiting = ['a', 'a', 'a', 'b', 'c'].map(async (address, at) => {
    await turns.next(address);
    went.push(`${address}${at}`);
  });
  const perRound: number[] = [];
  while (went.length < waiting.length) {
    const before = went.length;
    await new Promise((resolve) => setImmediate(resolve));
    perRound.push(went.length - before);
  }
  assert.deepEqual(went, ['a0', 'b3', 'c4', 'a1', 'a2']);
  assert.ok(Math.max(...perRound) === 1, perRound.join());
  assert.equal(turns.isAwaited, false);
});
