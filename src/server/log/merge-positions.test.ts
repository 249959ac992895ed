import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { mergePositions } from './merge-positions.ts';

it('merges any number of runs into one, each position once, in both orders', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(50))), fc.constantFrom(1 as const, -1 as const), (lists, order) => {
      const inOrder = (a: number, b: number): number => order * (a - b);
      const runs = lists.map((list) => list.toSorted(inOrder).values());
      const expected = [...new Set(lists.flat())].sort(inOrder);
      assert.deepEqual([...mergePositions(runs, order)], expected);
    }),
  );
});

it('reads no more of a run than it needs', () => {
  const taken: number[] = [];
  function* run(from: number): Generator<number> {
    for (let position = from; ; position += 100) {
      taken.push(position);
      yield position;
    }
  }
  const [first, second] = mergePositions([run(1), run(50)], 1);
  assert.deepEqual([first, second], [1, 50]);
  assert.deepEqual(taken.sort(), [1, 101, 50].sort());
});
