import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intervalMs } from './watch-people.ts';

test('who is online is asked every three seconds where few are, and at least every twenty', () => {
  assert.deepEqual([0, 1, 30, 31, 100, 200, 201, 100_000].map(intervalMs), [
    ...[3_000, 3_000, 3_000, 3_100, 10_000, 20_000, 20_000, 20_000],
  ]);
});
