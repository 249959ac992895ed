import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import {
  countCharacters,
  decodeUtf8,
  encodeUtf8,
  firstWords,
  hasControlCharacter,
  isLongerThan,
  quoteShort,
} from './text.ts';

const unicode = anyString({ maxLength: 60 });

describe('decodeUtf8', () => {
  it('returns every text that was encoded, a byte order mark and U+FFFD included', () => {
    fc.assert(fc.property(unicode, (text) => assert.equal(decodeUtf8(encodeUtf8(text)), text)));
    assert.equal(decodeUtf8(encodeUtf8('\ufeffa\ufffd')), '\ufeffa\ufffd');
  });

  it('refuses bytes that are not UTF-8, and decodes the next text correctly', () => {
    const invalid: Record<string, readonly number[]> = {
      'a lone continuation': [0x80],
      'a cut sequence': [0x61, 0xc3],
      'an overlong slash': [0xc0, 0xaf],
      'a surrogate': [0xed, 0xa0, 0x80],
      'beyond U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
      'Latin-1': [0x63, 0x61, 0x66, 0xe9, 0x21],
      'never used': [0xff],
    };
    for (const [what, bytes] of Object.entries(invalid)) {
      assert.equal(decodeUtf8(Uint8Array.from(bytes)), undefined, what);
      assert.equal(decodeUtf8(encodeUtf8('é')), 'é', what);
    }
  });
});

describe('hasControlCharacter', () => {
  it('is true for C0, DEL and C1, and false for TAB and all else', () => {
    const found: number[] = [];
    for (let code = 0; code < 0x3000; code++) {
      if (hasControlCharacter(`a${String.fromCodePoint(code)}b`)) found.push(code);
    }
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
    assert.deepEqual(found, [...range(0, 8), ...range(10, 31), ...range(127, 159)]);
  });
});

describe('countCharacters and isLongerThan', () => {
  it('count code points', () => {
    assert.equal(countCharacters(''), 0);
    assert.equal(countCharacters('aé🍎'), 3);
    assert.equal(countCharacters('\ud83c'), 1, 'half a pair');
    assert.equal(countCharacters('\udf4e\ud83c'), 2, 'halves in the wrong order');
    fc.assert(fc.property(unicode, (text) => assert.equal(countCharacters(text), [...text].length)));
  });

  it('agree at every limit', () => {
    fc.assert(
      fc.property(unicode, fc.nat(130), (text, limit) => {
        assert.equal(isLongerThan(text, limit), countCharacters(text) > limit);
      }),
    );
  });
});

describe('firstWords', () => {
  it('takes as many words as it is asked for, whatever white space is between them', () => {
    assert.deepEqual(firstWords('', 3), []);
    assert.deepEqual(firstWords(' \t\u00a0', 3), []);
    assert.deepEqual(firstWords('  a\tb \u00a0 c\ufeffd ', 9), ['a', 'b', 'c', 'd']);
    assert.deepEqual(firstWords('a b c', 2), ['a', 'b']);
    assert.deepEqual(firstWords('a b c', 0), []);
    assert.deepEqual(firstWords('a b c', Infinity), ['a', 'b', 'c']);
  });
});

describe('quoteShort', () => {
  it('quotes up to 40 characters whole and marks what it cuts', () => {
    assert.equal(quoteShort(''), '""');
    assert.equal(quoteShort('x'.repeat(40)), `"${'x'.repeat(40)}"`);
    assert.equal(quoteShort('x'.repeat(41)), `"${'x'.repeat(40)}…"`);
    assert.equal(quoteShort('🍎'.repeat(40)), `"${'🍎'.repeat(40)}"`);
    assert.equal(quoteShort('🍎'.repeat(41)), `"${'🍎'.repeat(40)}…"`);
  });

  it('never cuts a character in two and never grows with its input', () => {
    fc.assert(
      fc.property(anyString({ maxLength: 200 }), (value) => {
        const quoted = quoteShort(value);
        assert.ok(quoted.isWellFormed());
        assert.ok(countCharacters(quoted) <= 43);
        assert.ok(value.startsWith(quoted.slice(1, -1).replace(/…$/, '')));
      }),
    );
  });
});
