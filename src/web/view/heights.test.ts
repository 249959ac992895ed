import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Row } from '../model/timeline.ts';
import { Heights } from './heights.ts';

const guessed = 26;

const rowAt = (key: number): Row => ({
  kind: 'note',
  key: `${key}`,
  note: { id: key, text: '', timeMs: 0, after: 0 },
});

const rowsFrom = (first: number, count: number): Row[] =>
  Array.from({ length: count }, (_, i) => rowAt(first + i));

describe('heights of rows', () => {
  test('thousands of rows that come between two drawings are counted', () => {
    const heights = new Heights();
    const rows = rowsFrom(0, 34);
    heights.follow(rows);
    assert.equal(heights.total, 34 * guessed);
    rows.push(...rowsFrom(34, 2_966));
    // As when somebody scrolls: the page asks before it draws.
    assert.equal(heights.at(1e9), 2_999);
    heights.follow(rows);
    assert.equal(heights.total, 3_000 * guessed);
    assert.equal(heights.top(2_000), 2_000 * guessed);
    assert.equal(heights.at(2_000 * guessed), 2_000);
  });

  test('measured heights outlive another list with the same rows, and not a change of the width', () => {
    const heights = new Heights();
    heights.follow(rowsFrom(0, 10));
    heights.measured(3, 100);
    heights.follow(rowsFrom(-5, 15));
    assert.equal(heights.top(9) - heights.top(8), 100);
    heights.forget();
    assert.equal(heights.total, 15 * guessed);
  });

  test('heights of rows that are gone are not kept for ever', () => {
    const heights = new Heights();
    heights.follow(rowsFrom(0, 3_000));
    for (let at = 0; at < 3_000; at++) heights.measured(at, 50);
    heights.follow(rowsFrom(3_000, 10));
    heights.follow(rowsFrom(0, 3_000));
    assert.equal(heights.total, 3_000 * guessed);
  });

  test('whatever comes and is measured, places are those of a plain sum', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('grow' as const), by: fc.nat(1_500) }),
      fc.record({ kind: fc.constant('prepend' as const), by: fc.nat(200) }),
      fc.record({
        kind: fc.constant('measure' as const),
        at: fc.nat(3_000),
        height: fc.integer({ max: 90 }),
      }),
      fc.record({ kind: fc.constant('ask' as const), y: fc.integer({ min: -50, max: 90_000 }) }),
      fc.record({ kind: fc.constant('follow' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const heights = new Heights();
        const known = new Map<string, number>();
        let rows: Row[] = [];
        let [first, next] = [0, 0];
        heights.follow(rows);
        const plain = (key: string): number => known.get(key) ?? guessed;
        for (const one of steps) {
          if (one.kind === 'grow') {
            rows.push(...rowsFrom(next, one.by));
            next += one.by;
          } else if (one.kind === 'prepend') {
            first -= one.by;
            rows = [...rowsFrom(first, one.by), ...rows];
            heights.follow(rows);
          } else if (one.kind === 'measure') {
            const key = rows[one.at]?.key;
            const height = Math.max(1, one.height);
            if (key !== undefined) known.set(key, height);
            heights.measured(one.at, height);
          } else if (one.kind === 'ask') {
            const at = heights.at(one.y);
            let [row, end] = [0, 0];
            for (; row < rows.length; row++) {
              end += plain(rows[row]?.key ?? '');
              if (end > one.y) break;
            }
            assert.equal(at, Math.max(0, Math.min(row, rows.length - 1)));
          } else heights.follow(rows);
        }
        const total = rows.reduce((sum, { key }) => sum + plain(key), 0);
        assert.equal(heights.total, total);
      }),
    );
  });
});
