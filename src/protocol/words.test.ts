import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { characterKinds, kindOf } from './character-kinds.ts';
import { foldWord } from './folding.ts';
import { termProblem } from './terms.ts';
import { countCharacters } from './text.ts';
import { wordsOf } from './words.ts';

const matches = (text: string, term: string): boolean => wordsOf(text).has(foldWord(term));
const unicode = anyString({ maxLength: 80 });
/** After the planes up to here there are only ideographs, tags and private characters: no case and no punctuation. */
const lastCased = 0x1ffff;

describe('wordsOf', () => {
  it('matches the word and not a longer one around it (asn3)', () => {
    assert.ok(matches('Would you like an apple?', 'apple'));
    assert.ok(!matches('Do you want a pineapple?', 'apple'));
    assert.ok(!matches('a crabapple-pie', 'apple'));
    assert.ok(!matches('apples', 'apple'));
  });

  it('takes trailing punctuation off one character at a time', () => {
    assert.deepEqual([...wordsOf('apple?!')], ['apple?!', 'apple?', 'apple']);
    assert.deepEqual([...wordsOf('c++')], ['c++', 'c+', 'c']);
    assert.ok(matches('I like c++.', 'c++'));
  });

  it('takes leading opening punctuation and quotes off at once', () => {
    assert.deepEqual(
      [...wordsOf('("Apple")')],
      ['("apple")', '("apple"', '("apple', 'apple")', 'apple"', 'apple'],
    );
    for (const text of [
      "'apple'",
      '«apple»',
      '„apple“',
      '»apple«',
      '`apple`',
      '¿apple?',
      '[{apple}]',
      '＂apple＂',
    ]) {
      assert.ok(matches(text, 'apple'), text);
    }
  });

  it('leaves other leading punctuation where it is', () => {
    assert.ok(matches('#apple!', '#apple'));
    assert.ok(matches('(-apple)', '-apple'));
    assert.ok(!matches('*#apple', '#apple'));
  });

  it('splits at every kind of white space and has no empty word', () => {
    assert.deepEqual([...wordsOf(' a\tb\u00a0c\u3000d  ')], ['a', 'b', 'c', 'd']);
    assert.deepEqual([...wordsOf('  \t ')], []);
    assert.deepEqual([...wordsOf('')], []);
  });

  it('finds the same words in ASCII alone as beside other characters', () => {
    const ascii = fc.string({ unit: fc.constantFrom(...'aZ0 \t\v\u001c.-@("\'?_#'), maxLength: 30 });
    fc.assert(
      fc.property(ascii, (text) => {
        assert.deepEqual([...wordsOf(text), 'é'], [...wordsOf(`é ${text}`), 'é'].slice(1));
      }),
    );
  });

  it('compares names with their case, also after an opening parenthesis', () => {
    assert.ok(matches('hi @Bob!', '@Bob'));
    assert.ok(!matches('hi @Bob!', '@bob'));
    assert.ok(matches('(@Bob)', '@Bob'));
    assert.ok(!matches('(@Bob)', '@bob'));
    assert.ok(!matches('mail@Bob', '@Bob'));
    assert.ok(matches('＠Bob', '@Bob'));
  });

  it('compares everything else without case and compatibility forms', () => {
    for (const [written, term] of [
      ['Apple', 'aPPLE'],
      ['Straße', 'STRASSE'],
      ['STRAẞE', 'strasse'],
      ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
      ['ﬁn', 'FIN'],
      ['ａｐｐｌｅ', 'apple'],
      ['e\u0301tude', 'Étude'],
      ['Ångström', 'Ångström'],
    ] as const) {
      assert.ok(matches(written, term), `${written} ${term}`);
    }
    assert.ok(!matches('etude', 'étude'));
  });

  it('finds an emoji and the word in front of one', () => {
    assert.ok(matches('so 🍎!', '🍎'));
    for (const emoji of [
      '🍎',
      '❤️',
      '☺\ufe0e',
      '👩‍👩‍👧',
      '👍🏽',
      '🇫🇷',
      '#️⃣',
      '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    ]) {
      assert.ok(matches(`apple${emoji}`, 'apple'), emoji);
    }
  });

  it('finds the word in front of every punctuation character and symbol there is', () => {
    const missed: string[] = [];
    for (let code = 0; code <= lastCased; code++) {
      const mark = String.fromCodePoint(code);
      if (!/[\p{P}\p{S}]/u.test(mark)) continue;
      const found = matches(`Apple${mark}`, 'apple') && matches(`@Bob${mark}`, '@Bob');
      if (!found || !matches(`ΟΔΟΣ${mark}`, 'οδος')) missed.push(code.toString(16));
    }
    assert.deepEqual(missed, []);
  });

  it('yields for a text of 65,535 punctuation characters no more words than a term can be long', () => {
    assert.equal(wordsOf('!'.repeat(65_535)).size, 64);
    assert.equal(wordsOf('('.repeat(65_535)).size, 64);
    assert.equal(wordsOf('…'.repeat(65_535)).size, 21, 'each is three full stops when folded');
    assert.equal(wordsOf('🍎'.repeat(65_535)).size, 64);
    assert.equal(wordsOf(`"${'!'.repeat(65_534)}`).size, 128, 'with the quotation mark and without it');
    assert.equal(wordsOf('! '.repeat(32_767)).size, 1);
  });

  it('bounds what a text yields, and keeps of each word the whole and the bare form', () => {
    const tails = Array.from({ length: 900 }, (_, at) => `word${at}${'!?'.repeat(28)}`);
    const yielded = wordsOf(tails.join(' '));
    const characters = [...yielded].reduce((sum, word) => sum + word.length, 0);
    assert.ok(characters < 5 * 65_535, `${characters} characters`);
    for (const tail of tails) assert.ok(yielded.has(tail) && yielded.has(tail.replace(/[!?]+/, '')));
    assert.equal(wordsOf(Array.from({ length: 30_000 }, (_, at) => at).join(' ')).size, 16_384);
  });

  it('finds no word in a run of combining marks, but finds the ones beside it', () => {
    const marks = `a${'\u0301\u0316'.repeat(30_000)}`;
    assert.deepEqual([...wordsOf(`apple ${marks} pie`)], ['apple', 'pie']);
    assert.equal(foldWord(marks), marks, 'not folded: it can match nothing');
    assert.match(termProblem(marks) ?? '', /at most 64/);
  });

  it('keeps no word that is longer than a term may be', () => {
    assert.ok(wordsOf('x'.repeat(64)).has('x'.repeat(64)));
    assert.equal(wordsOf('x'.repeat(65)).size, 0);
    assert.equal(wordsOf(`${'x'.repeat(64)}!`).size, 1);
    fc.assert(
      fc.property(anyString({ maxLength: 200 }), (text) => {
        for (const word of wordsOf(text)) assert.ok(countCharacters(word) <= 64);
      }),
    );
  });

  it('finds the same in many words, which it folds together, as in each alone', () => {
    // Words that compose, whose case depends on neighbours, and whose first character decides how they are folded.
    const letter = fc.constantFrom(...'aΣσςİßǅﬁ각ᄀ\u1161\u0301\u0345', ...'@＠´™‼!("');
    const word = fc.string({ unit: letter, minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 2, maxLength: 600 }), (words) => {
        const each = words.reduce((found, one) => found.union(wordsOf(one)), new Set<string>());
        assert.deepEqual(wordsOf(words.join(' ')), each);
      }),
    );
  });

  it('calls for few normalizations, however many words or marks a text has', (context) => {
    const letters = (first: number, index: number): string =>
      String.fromCodePoint(
        first + (index % 40),
        first + (Math.floor(index / 40) % 40),
        first + Math.floor(index / 1600),
      );
    const many = (first: number, tail: string, count: number): string =>
      Array.from({ length: count }, (_, index) => letters(first, index) + tail).join(' ');
    const normalize = context.mock.method(String.prototype, 'normalize');
    assert.equal(wordsOf(many(0x10400, '', 16_384)).size, 16_384);
    // Signs, each of which becomes several letters, and counts as punctuation at the end of a word.
    assert.ok(wordsOf(many(0x3300, '㌀㌂㌃㌅㌆㌈㌉㌋', 5_000)).size > 5_000);
    assert.ok(normalize.mock.callCount() < 1_000, `${normalize.mock.callCount()} calls`);
  });

  it('finds in two texts joined what it finds in both', () => {
    fc.assert(
      fc.property(unicode, unicode, (a, b) => {
        assert.deepEqual(wordsOf(`${a} ${b}`), wordsOf(a).union(wordsOf(b)));
      }),
    );
  });

  it('finds a word with any punctuation after it, whether that is removed or not', () => {
    const word = fc.stringMatching(/^[\p{L}\p{N}]{1,16}$/u);
    const marks = fc.stringMatching(/^[\p{P}\p{S}]{0,12}$/u);
    fc.assert(
      fc.property(fc.constantFrom('', '@'), word, marks, (at, bare, tail) => {
        fc.pre(countCharacters(foldWord(at + bare)) <= 64);
        assert.ok(matches(at + bare + tail, at + bare));
        if (countCharacters(foldWord(at + bare + tail)) <= 64)
          assert.ok(matches(at + bare + tail, at + bare + tail));
      }),
    );
  });

  it('never finds a word after or before a letter', () => {
    // Scripts without spaces have no such boundaries.
    const letter = fc
      .stringMatching(/^\p{L}$/u)
      .filter((one) => kindOf(one.codePointAt(0) ?? 0) === characterKinds.letter);
    const word = fc.stringMatching(/^[a-z]{1,10}$/);
    fc.assert(
      fc.property(letter, word, letter, (front, term, behind) => {
        assert.ok(!matches(front + term, term));
        assert.ok(!matches(term + behind, term));
        assert.ok(!matches(`${front}@${term}`, `@${term}`));
      }),
    );
  });
});

describe('foldWord', () => {
  it('changes nothing when it is done twice', () => {
    fc.assert(fc.property(unicode, (word) => assert.equal(foldWord(foldWord(word)), foldWord(word))));
  });

  it('changes nothing when it is done twice, for every single character', () => {
    const changed: string[] = [];
    for (let code = 0; code <= lastCased; code++) {
      const folded = foldWord(String.fromCodePoint(code));
      if (foldWord(folded) !== folded) changed.push(code.toString(16));
    }
    assert.deepEqual(changed, []);
  });

  it('makes the upper and the lower form of every character equal', () => {
    const apart: string[] = [];
    for (let code = 0; code <= lastCased; code++) {
      const character = String.fromCodePoint(code);
      const folded = foldWord(character);
      const same =
        foldWord(character.toUpperCase()) === folded && foldWord(character.toLowerCase()) === folded;
      if (!same) apart.push(code.toString(16));
    }
    assert.deepEqual(apart, []);
  });
});
