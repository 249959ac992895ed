import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wireLimits } from './limits.ts';
import { matchesIn } from './matches.ts';
import { phrasesIn, textCarries } from './phrases.ts';
import { keyOfTerm } from './terms.ts';
import { wordsOf } from './words.ts';

const has = (text: string, phrase: string): boolean => textCarries(text, keyOfTerm(phrase));

/** Each piece by itself, in the order of the phrase. */
function model(text: string, words: readonly string[]): boolean {
  const pieces = text.split(/\s+/u).map(wordsOf);
  return pieces.some((_, at) => words.every((word, next) => pieces[at + next]?.has(word) === true));
}

const words = fc.constantFrom('apple', 'pie', 'a', '@Bob', 'ß', 'c++');
const written = fc
  .tuple(
    fc.constantFrom('', '*', '**', '(', '"', '“', '_', '¿', 'x/', '😀'),
    fc.constantFrom('apple', 'Pie', 'A', '@Bob', 'ẞ', 'C++', 'apple-pie', 'a-b/c', 'ss', '-', ''),
    fc.constantFrom('', ',', '!', '?!', '…', "'s", '*', '**,', ')', '"', '/y', '👍🏽'),
  )
  .map((parts) => parts.join(''));
const texts = fc
  .array(fc.tuple(written, fc.constantFrom(' ', '  ', '\t', '\u3000', '\u00a0')), { maxLength: 60 })
  .map((parts) => parts.flat().join(''));
const phrases = fc.array(words, { minLength: 2, maxLength: 8 });

describe('a phrase', () => {
  it('is in a text whose neighbouring pieces have its words', () => {
    for (const text of [
      'apple pie',
      'An APPLE pie?',
      '*Apple* pie!',
      '“apple” (pie)',
      'apple, pie',
      'apple\n\n  pie',
      'pineapple apple/pear pie-dish',
      "the apple's pie",
      'apple apple pie pie',
    ])
      assert.ok(has(text, '"apple pie"'), text);
  });

  it('is in no text with another piece between its words, in another order, or with both in one piece', () => {
    for (const text of [
      'apple',
      'apple and pie',
      'apple - pie',
      'pie apple',
      'apple-pie',
      'apple/pie',
      'applepie',
      'pineapple pie',
      'apple pies',
      '',
    ])
      assert.ok(!has(text, '"apple pie"'), text);
    assert.ok(!has('a a', '"a a a"'));
    assert.ok(has('x a a a', '"a a a"'));
  });

  it('is where looking at each piece by itself finds it', () => {
    fc.assert(
      fc.property(texts, phrases, (text, phrase) => {
        const key = `"${phrase.map((word) => keyOfTerm(word)).join(' ')}"`;
        assert.equal(textCarries(text, key), model(text, phrase.map(keyOfTerm)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is found wherever the text has it, however many pieces are before it', () => {
    fc.assert(
      fc.property(fc.nat(100), phrases, (before, phrase) => {
        const text = [...Array.from({ length: before }, () => 'x'), ...phrase].join(' ');
        assert.deepEqual(phrasesIn(text, [keyOfTerm(`"${phrase.join(' ')}"`)]).length, 1);
      }),
    );
  });

  it('is marked from its first word to its last one', () => {
    const marked = (text: string, ...terms: string[]): string[] =>
      matchesIn(text, terms).map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(marked('an *Apple*  pie! apple-pie', '"apple pie"'), ['Apple*  pie']);
    assert.deepEqual(marked('a a a', '"a a"'), ['a a', 'a a']);
    assert.deepEqual(marked('apple pie', '"apple pie"', 'pie'), ['apple pie', 'pie']);
    fc.assert(
      fc.property(texts, phrases, (text, phrase) => {
        const key = keyOfTerm(`"${phrase.join(' ')}"`);
        const parts = marked(text, key);
        assert.equal(parts.length > 0, textCarries(text, key));
        for (const part of parts) assert.ok(textCarries(part, key), part);
      }),
    );
  });

  it('takes milliseconds to look for, in texts that are as long as one may be', () => {
    const many = Array.from({ length: 1_280 }, (_, at) => {
      const letters = Array.from({ length: 7 }, (_, bit) => 'ab'[(at >> bit) & 1]);
      return keyOfTerm(`"${letters.join(' ')} z"`);
    });
    for (const unit of ['a ', 'a-b ', 'a! ', '"a ', 'b a z ', 'é ', '日本 ', '@a ']) {
      const text = `z ${unit.repeat(wireLimits.textCharacters / unit.length)}`.slice(0, 65_535);
      const beganMs = performance.now();
      phrasesIn(text, many);
      assert.ok(performance.now() - beganMs < 2_000, unit);
    }
  });
});
