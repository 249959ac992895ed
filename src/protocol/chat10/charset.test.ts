import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { fileNameProblem } from '../file-names.ts';
import { wireLimits } from '../limits.ts';
import { encodeUtf8 } from '../text.ts';
import { toAscii, toAsciiFileName } from './charset.ts';

const unicode = anyString({ maxLength: 100 });

describe('toAscii', () => {
  it('decomposes accents, ligatures and fractions, and has one `?` for every other character', () => {
    for (const [text, ascii] of [
      ['plain ~ text\t!', 'plain ~ text\t!'],
      ['Café naïve Ångström', 'Cafe naive Angstrom'],
      ['e\u0301', 'e'],
      ['ﬁn…', 'fin...'],
      ['½ kg™', '1/2 kgTM'],
      ['ａｂｃ', 'abc'],
      ['“hi”', '?hi?'],
      ['한국', '??'],
      ['ﷺ', '?'],
      ['🍎', '?'],
      ['\u2028', '?'],
      ['', ''],
    ] as const) {
      assert.equal(toAscii(text), ascii, text);
    }
  });

  it('makes only ASCII, without control characters that were not there before', () => {
    fc.assert(
      fc.property(unicode, (text) => {
        const ascii = toAscii(text);
        assert.match(ascii, /^[\u0000-\u007f]*$/);
        if (!/[\u0000-\u001f\u007f]/.test(text)) assert.doesNotMatch(ascii, /[\u0000-\u001f\u007f]/);
      }),
    );
  });

  it('decomposes no character twice, however many there were before', (context) => {
    const texts = [0xac00, 0x3300, 0x1d400, 0x1f300, 0x20000].map((first) =>
      Array.from({ length: 9_000 }, (_, at) => String.fromCodePoint(first + at)).join(''),
    );
    const before = texts.map(toAscii);
    const normalize = context.mock.method(String.prototype, 'normalize');
    assert.deepEqual(texts.map(toAscii), before);
    assert.equal(normalize.mock.callCount(), texts.length, 'each text once as a whole');
  });

  it('leaves ASCII as it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => assert.equal(toAscii(text), text)));
  });

  it('makes no character longer than the four bytes that a text has room for', () => {
    const longer: string[] = [];
    for (let code = 0; code <= 0x2ffff; code++) {
      if (toAscii(String.fromCodePoint(code)).length > 4) longer.push(code.toString(16));
    }
    assert.deepEqual(longer, []);
    assert.ok(toAscii('ﷺ'.repeat(wireLimits.textCharacters)).length <= wireLimits.textBytes);
  });
});

describe('toAsciiFileName', () => {
  it('yields no separator, folder or empty name when characters decompose into one', () => {
    for (const [name, ascii] of [
      ['übung.txt', 'ubung.txt'],
      ['a／b', 'a_b'],
      ['a＼b', 'a_b'],
      ['℀.txt', 'a_c.txt'],
      ['½.txt', '1_2.txt'],
      ['．．', '__'],
      ['‥', '__'],
      ['．', '_'],
      ['…', '___'],
      ['.\u0301.', '__'],
      ['\u0301', '_'],
      ['\u3000', '_'],
      ['.profile', '.profile'],
    ] as const) {
      assert.equal(toAsciiFileName(name), ascii, name);
    }
  });

  it('turns every name that may be announced into an ASCII name that may be', () => {
    const tricky = fc.constantFrom('．', '‥', '…', '／', '＼', '℀', '\u0301', '¼', '.', ' ');
    const name = fc.oneof(
      unicode,
      fc.array(fc.oneof(tricky, unicode), { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(name, (written) => {
        fc.pre(fileNameProblem(written) === undefined && !/[/\\]/.test(written));
        const ascii = toAsciiFileName(written);
        assert.match(ascii, /^[\u0000-\u007f]+$/);
        assert.doesNotMatch(ascii, /[/\\]/);
        assert.equal(fileNameProblem(ascii), undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('limits a name that grows to the bytes that a file name may have', () => {
    const name = '¼'.repeat(127);
    assert.ok(encodeUtf8(name).length <= wireLimits.fileNameBytes);
    assert.equal(toAsciiFileName(name).length, wireLimits.fileNameBytes);
  });
});
