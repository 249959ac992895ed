import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { query } from '../../../tests/support/log-queries.ts';
import type { Entry } from '../messages/entry.ts';
import { cutPage } from './page.ts';

const entryAt = (position: number, text = 'x'): Entry => ({
  position,
  timeMs: 0,
  sender: 'bob',
  message: { kind: 'text', text },
});

describe('a page', () => {
  it('goes on where the last one was cut, without a gap, whatever it reads in vain', () => {
    const run = fc.record({ wanted: fc.boolean(), length: fc.nat(1_500) });
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        fc.constantFrom('oldest' as const, 'newest' as const),
        (runs, limit, pick) => {
          const isWanted = runs.flatMap(({ wanted, length }) => Array.from({ length }, () => wanted));
          const entries = isWanted.map((_, at) => entryAt(at + 1));
          const head = entries.length;
          const found: number[] = [];
          let [low, high] = [0, head];
          for (let pages = 0; low < high; pages++) {
            assert.ok(pages <= head / Math.min(limit, 1_024) + runs.length + 1, 'each page goes on');
            const candidates = entries.slice(low, high);
            const page = cutPage(
              pick === 'oldest' ? candidates : candidates.reverse(),
              query([], { after: low, pick, limit }),
              high,
              ({ position }) => isWanted[position - 1] === true,
            );
            const positions = page.entries.map(({ position }) => position);
            found.push(...(pick === 'oldest' ? positions : positions.reverse()));
            if (pick === 'oldest') low = page.through;
            else high = page.after;
          }
          const expected = isWanted.flatMap((wanted, at) => (wanted ? [at + 1] : []));
          assert.deepEqual(found, pick === 'oldest' ? expected : expected.reverse());
        },
      ),
    );
  });

  it('reads at most 1,024 entries in vain, and fewer when they are long', () => {
    for (const [text, most] of [
      ['x', 1_024],
      ['x'.repeat(64 * 1024), 8],
    ] as const) {
      let read = 0;
      function* many(): Generator<Entry> {
        for (;;) yield entryAt(++read, text);
      }
      const page = cutPage(many(), query([]), 1_000_000, () => false);
      assert.deepEqual(page, { entries: [], after: 0, through: most });
      assert.equal(read, most);
    }
  });
});
