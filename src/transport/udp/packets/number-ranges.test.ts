import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NumberRanges } from './number-ranges.ts';

const most = 60;
const span = fc.tuple(fc.nat(most), fc.nat(12)).map(([start, length]) => [start, start + length] as const);
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), span }),
  fc.record({ kind: fc.constant('remove' as const), span }),
);

function numbersOf(ranges: NumberRanges): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < ranges.count; i++) {
    for (let n = ranges.startOf(i); n < ranges.endOf(i); n++) numbers.push(n);
  }
  return numbers;
}

function rangesOf(spans: readonly (readonly [number, number])[]): NumberRanges {
  const ranges = new NumberRanges();
  for (const [start, end] of spans) ranges.add(start, end);
  return ranges;
}

describe('NumberRanges', () => {
  it('has what a set of the same numbers has, in ranges that do not touch', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ranges = new NumberRanges();
        const model = new Set<number>();
        for (const {
          kind,
          span: [start, end],
        } of steps) {
          const before = model.size;
          for (let n = start; n < end; n++) kind === 'add' ? model.add(n) : model.delete(n);
          if (kind === 'remove') ranges.remove(start, end);
          else assert.equal(ranges.add(start, end), model.size - before);
        }
        assert.deepEqual(
          numbersOf(ranges),
          [...model].sort((a, b) => a - b),
        );
        for (let i = 1; i < ranges.count; i++) assert.ok(ranges.startOf(i) > ranges.endOf(i - 1));
        for (let n = 0; n < most + 15; n++) assert.equal(ranges.has(n), model.has(n), `${n}`);
      }),
    );
  });

  it('adds what another one does not have', () => {
    fc.assert(
      fc.property(fc.array(span), fc.array(span), span, (own, others, [start, end]) => {
        const ranges = rangesOf(own);
        const other = rangesOf(others);
        const model = new Set(numbersOf(ranges));
        for (let n = start; n < end; n++) if (!other.has(n)) model.add(n);
        ranges.addWithout(start, end, other);
        assert.deepEqual(
          numbersOf(ranges),
          [...model].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('forgets the lowest ranges', () => {
    const ranges = rangesOf([
      [0, 1],
      [2, 3],
      [4, 6],
    ]);
    ranges.keepHighest(2);
    assert.deepEqual(numbersOf(ranges), [2, 4, 5]);
    ranges.keepHighest(5);
    assert.equal(ranges.count, 2);
  });
});
