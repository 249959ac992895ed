import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

test('every value is in the first bucket whose bound is not below it', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: -1, max: 20 })), (values) => {
      const bounds = [0, 1, 2.5, 10];
      const histogram = new Histogram(bounds);
      for (const value of values) histogram.observe(value);
      const ends = [Number.NEGATIVE_INFINITY, ...bounds, Number.POSITIVE_INFINITY];
      const expected = ends.slice(1).map((end, at) => {
        return values.filter((value) => value <= end && value > (ends[at] ?? 0)).length;
      });
      assert.deepEqual(histogram.buckets, expected);
      assert.equal(histogram.count, values.length);
      assert.ok(Math.abs(histogram.sum - values.reduce((sum, value) => sum + value, 0)) < 1e-6);
    }),
  );
});
