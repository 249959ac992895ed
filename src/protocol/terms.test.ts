import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { textCarries } from './phrases.ts';
import { isPhrase, keyOfTerm, termProblem, wordsOfPhrase } from './terms.ts';
import { countCharacters } from './text.ts';

describe('termProblem', () => {
  it('accepts one word of up to 64 characters, names and `*`', () => {
    for (const term of ['apple', '@Bob', 'c++', '*', '🍎', 'x'.repeat(64), '🍎'.repeat(64)]) {
      assert.equal(termProblem(term), undefined, term);
    }
  });

  it('accepts two to eight words in double quotes', () => {
    for (const term of [
      '"apple pie"',
      '"  Apple   Pie "',
      '"@bob said"',
      '"a b c d e f g h"',
      '"c++ 5\' 10"',
    ])
      assert.equal(termProblem(term), undefined, term);
    assert.equal(termProblem(`"${'x'.repeat(60)} y"`), undefined, '64 characters with its quotation marks');
  });

  it('says what is wrong with any other', () => {
    assert.match(termProblem('') ?? '', /empty/);
    assert.match(termProblem('a b') ?? '', /one word, or several in double quotes/);
    assert.match(termProblem('a\u00a0b') ?? '', /one word/);
    assert.match(termProblem('a\tb') ?? '', /one word/);
    assert.match(termProblem('a\u001bb') ?? '', /control/);
    assert.match(termProblem('x'.repeat(65)) ?? '', /at most 64/);
    assert.match(termProblem('ß'.repeat(33)) ?? '', /at most 64/);
    assert.match(termProblem('a,b') ?? '', /comma/);
    for (const term of ['"a', '"', '"a b', '"a "b" c"', '""a b"', '"a b" c'])
      assert.match(termProblem(term) ?? '', /quotation mark at its start and at its end, and no other/, term);
    for (const term of ['"a"', '""', '" a "'])
      assert.match(termProblem(term) ?? '', /at least two words/, term);
    assert.match(termProblem('"a b c d e f g h i"') ?? '', /at most 8 words/);
    assert.match(termProblem('"apple\u00a0pie"') ?? '', /spaces between/);
    assert.match(termProblem('"apple pie\u2028x"') ?? '', /spaces between/);
    assert.match(termProblem('＂a') ?? '', /may not begin with a quotation mark/);
    assert.match(termProblem('＂\ufdfa＂') ?? '', /may not begin/, 'it folds to several words in quotes');
    assert.match(termProblem('"apple, pie"') ?? '', /comma/);
    assert.match(termProblem('"apple * pie"') ?? '', /word \*/);
    assert.match(termProblem('"a\u00a8 b"') ?? '', /may not hold the word a\u00a8/, 'it folds to a space');
    assert.match(termProblem('"\u{1f101} b"') ?? '', /may not hold the word/, 'it folds to a comma');
    assert.match(termProblem('"a＂ b"') ?? '', /may not hold the word a＂/, 'it folds to a quotation mark');
    assert.match(termProblem(`"${'x'.repeat(61)} y"`) ?? '', /at most 64/);
    assert.match(termProblem(`"${'ß'.repeat(31)} y"`) ?? '', /at most 64/);
  });

  it('accepts only terms that a text can match, and their keys', () => {
    const word = anyString({ minLength: 1, maxLength: 70 });
    const phrase = fc
      .array(fc.oneof(anyString({ maxLength: 6 }), fc.constantFrom('ﬁ', 'İ', '½', '@ALL', '´', '!')), {
        maxLength: 9,
      })
      .map((words) => `"${words.join(' ')}"`);
    fc.assert(
      fc.property(fc.oneof(word, phrase), (term) => {
        fc.pre(termProblem(term) === undefined);
        const key = keyOfTerm(term);
        assert.ok(textCarries(isPhrase(term) ? wordsOfPhrase(term).join('\n') : term, key) || term === '*');
        // Some words fold to what is no word, and can be followed only as they are.
        if (isPhrase(term)) assert.equal(termProblem(key), undefined);
        assert.equal(keyOfTerm(key), key);
        assert.ok(countCharacters(key) <= 64);
        assert.equal(isPhrase(key), isPhrase(term));
      }),
      { numRuns: 1_000 },
    );
  });
});

it('compares the words of a phrase as it compares single words', () => {
  assert.equal(keyOfTerm('"Apple   PIE"'), '"apple pie"');
  assert.equal(keyOfTerm('"@Bob SAID"'), '"@Bob said"');
  assert.equal(keyOfTerm('"hello @ALL"'), '"hello @all"');
  assert.equal(keyOfTerm('@All'), '@all');
  assert.deepEqual(wordsOfPhrase('"apple pie"'), ['apple', 'pie']);
});
