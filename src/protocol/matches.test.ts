import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { processorMs } from '../../tests/support/processor-time.ts';
import { propertyRuns } from '../../tests/support/property-runs.ts';
import { foldWord } from './folding.ts';
import { wireLimits } from './limits.ts';
import { matchesIn } from './matches.ts';
import { wordPlacesOf } from './word-places.ts';
import { everything, wordsOf } from './words.ts';

const marked = (text: string, ...terms: string[]): string[] =>
  matchesIn(text, terms).map(({ start, end }) => text.slice(start, end));

const nasty = fc.constantFrom(
  ...[' ', '\t', '\u3000', '.', ',', "'", '’', '-', '@', '＠', '(', '"', '?!', '…', '´', '™', '*', '#', '/'],
  ...[
    'apple',
    'Apple',
    'ＡＰＰＬＥ',
    'ﬁn',
    'Straße',
    'STRAẞE',
    'ΟΔΟΣ',
    'ς',
    '@Bob',
    '@ALL',
    'all',
    'é',
    'e\u0301',
  ],
  ...[
    '日本語です',
    '中文',
    'ไทย',
    '👍🏽',
    '👩‍👧',
    '\u200d',
    '\ufe0f',
    '\u0301',
    '\u3300',
    '½',
    'İ',
    '\ud800',
  ],
);
const anyText = fc
  .array(fc.oneof(nasty, anyString({ maxLength: 4 })), { maxLength: 20 })
  .map((parts) => parts.join(''));

describe('matchesIn', () => {
  it('finds each place of a term in the text as it was written', () => {
    assert.deepEqual(marked('An APPLE, *apple*; pineapple (“apple”) apple.com', 'Apple'), [
      ...['APPLE', 'apple', 'apple', 'apple'],
    ]);
    assert.deepEqual(matchesIn('ﬁﬁ STRAẞE, Straße', ['strasse']), [
      { start: 3, end: 9 },
      { start: 11, end: 17 },
    ]);
    assert.deepEqual(marked('日本語ですか', '日本語'), ['日本語']);
    assert.deepEqual(marked('これは日本語です 日本語です', '日本語'), ['日本語', '日本語']);
    assert.deepEqual(marked('I like c++, c+ and C', 'c++'), ['c++']);
    assert.deepEqual(marked('apple-pie', 'apple', 'apple-pie'), ['apple', 'apple-pie']);
    assert.deepEqual(marked('hi @Bob! (＠Bob) @bob', '@Bob'), ['@Bob', '＠Bob']);
    assert.deepEqual(marked('for @ALL', '@all'), ['@ALL']);
    assert.deepEqual(marked('anything', '*', 'nothing'), []);
  });

  it('knows a place for each word of a text, and no others', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.deepEqual(new Set(wordPlacesOf(text).map(({ word }) => word)), wordsOf(text));
      }),
      { numRuns: propertyRuns(3_000, 20_000) },
    );
  });

  it('marks only what is the term itself when it stands alone', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const word of wordsOf(text)) {
          if (word === everything) continue;
          const parts = matchesIn(text, [word]);
          assert.ok(parts.length > 0, word);
          for (const { start, end } of parts) {
            const part = text.slice(start, end);
            assert.ok(foldWord(part) === word || wordsOf(part).has(word), `${part} for ${word}`);
          }
        }
      }),
    );
  });

  it('takes milliseconds for a text as long as one may be', () => {
    for (const unit of ['a ', '"', '.', 'a.', '日本', '@a', '\u0301', 'x']) {
      const text = unit.repeat(wireLimits.textCharacters / unit.length);
      assert.ok(processorMs(() => matchesIn(text, ['a', '日本'])) < 1_000, unit);
    }
  });
});
