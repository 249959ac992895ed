import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LeastOfLast } from './least-of-last.ts';

it('is the least of the last three, once there are three', () => {
  const last = new LeastOfLast(3);
  const found = [5, 4, 6, 7, 8, 3, 9].map((value) => {
    last.add(value);
    return last.least;
  });
  assert.deepEqual(found, [0, 0, 4, 4, 6, 3, 3]);
  last.forget();
  last.add(7);
  assert.equal(last.least, 0);
});
