import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { intersectPositions } from './intersect-positions.ts';

const inOrder =
  (order: 1 | -1) =>
  (a: number, b: number): number =>
    order * (a - b);

it('finds what all sources have, in both orders', () => {
  const positions = fc.uniqueArray(fc.nat(40), { maxLength: 40 });
  fc.assert(
    fc.property(
      fc.array(positions, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1 as const, -1 as const),
      (lists, order) => {
        const sources = lists.map((list) => list.toSorted(inOrder(order)).values());
        const [first = [], ...others] = lists;
        const expected = first.filter((one) => others.every((list) => list.includes(one)));
        assert.deepEqual([...intersectPositions(sources, order)], expected.sort(inOrder(order)));
      },
    ),
  );
});

it('yields in between while it finds nothing, in order, and nothing twice that it has found', () => {
  function* every(step: number, from: number): Generator<number> {
    for (let position = from; position < 40_000; position += step) yield position;
  }
  const found = [...intersectPositions([every(2, 0), every(2, 1)], 1)];
  assert.ok(found.length > 100 && found.length < 200, `${found.length}`);
  assert.deepEqual(found, found.toSorted(inOrder(1)));
  const common = [...intersectPositions([every(2, 0), every(300, 0)], 1)];
  for (let position = 0; position < 40_000; position += 300) assert.ok(common.includes(position));
});

it('has nothing when a source has nothing', () => {
  assert.deepEqual([...intersectPositions([[1, 2].values(), [].values()], 1)], []);
  assert.deepEqual([...intersectPositions([], 1)], []);
});
