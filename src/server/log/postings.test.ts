import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { positionsIn, runsOf } from './postings.ts';

const position = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 2 ** 52 }));

test('a run decodes to the positions that were encoded', () => {
  fc.assert(
    fc.property(fc.uniqueArray(position, { minLength: 1, maxLength: 1500, size: 'max' }), (unsorted) => {
      const positions = unsorted.sort((a, b) => a - b);
      const runs = [...runsOf(positions)];
      assert.deepEqual(
        runs.flatMap((run) => positionsIn(run).reverse()),
        positions,
      );
      for (const run of runs) assert.ok(positionsIn(run).length <= 512);
    }),
  );
});

test('consecutive positions take a byte each', () => {
  const [run] = runsOf(Array.from({ length: 512 }, (_, index) => 2 ** 40 + index));
  assert.equal(run?.gaps.length, 511);
});
