import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCovered } from './carried.ts';
import type { Entry } from './entry.ts';
import { commonOf, keysOf } from './keys.ts';

const word = fc.constantFrom('apple', 'pear', 'fig', '*', '@bob', '@all');
const words = fc.array(word, { maxLength: 12 });

test('the intersection of two lists does not depend on which is longer', () => {
  fc.assert(
    fc.property(words, words, (some, others) => {
      const common = new Set(some).intersection(new Set(others));
      assert.deepEqual(commonOf(some, others), common);
      assert.deepEqual(commonOf(others, some), common);
    }),
  );
});

test('an entry is covered by one of its keys that was held at its position', () => {
  const span = fc.record({ key: word, after: fc.nat(3), through: fc.constantFrom(2, 4, Infinity) });
  fc.assert(
    fc.property(
      words,
      fc.array(span, { maxLength: 30 }),
      fc.constantFrom('text', 'private'),
      (said, spans, kind) => {
        const text = said.join(' ');
        const message =
          kind === 'text' ? ({ kind, text } as const) : ({ kind: 'private', to: 'carol', text } as const);
        const entry: Entry = { position: 2, timeMs: 0, sender: 'bob', message };
        const keys = keysOf('bob', message);
        const expected = spans.some(
          ({ key, after, through }) =>
            after < 2 && through >= 2 && (key === '*' ? kind === 'text' : keys.has(key)),
        );
        assert.equal(isCovered(entry, spans), expected);
      },
    ),
  );
});
