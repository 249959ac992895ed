import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { visible } from './text.ts';

describe('visible', () => {
  for (const [given, shown] of [
    ['\x1b[31m', '\\u{1b}[31m'],
    ['\x1b]52;c;eA==\x07', '\\u{1b}]52;c;eA==\\u{7}'],
    ['\u009b31m \u009d', '\\u{9b}31m \\u{9d}'],
    ['a\bb\x7fc\0', 'a\\u{8}b\\u{7f}c\\u{0}'],
    ['a\rb\nc\u0085d\u2028e\u2029f', 'a\\u{d}b\\u{a}c\\u{85}d\\u{2028}e\\u{2029}f'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\u2066a\u2069\u200e\u200f\u061c', '\\u{2066}a\\u{2069}\\u{200e}\\u{200f}\\u{61c}'],
    ['a\u200bb\ufeffc\u2060d\u00ade\u3164', 'a\\u{200b}b\\u{feff}c\\u{2060}d\\u{ad}e\\u{3164}'],
    ['x\u{e0041}', 'x\\u{e0041}'],
    ['\ud800x\udc00', '\\u{d800}x\\u{dc00}'],
    [`a${'\u0301'.repeat(50)}b`, `a${'\u0301'.repeat(4)}b`],
    ['\u0301a', '\\u{301}a'],
    ['ali\u200dce', 'ali\\u{200d}ce'],
  ] as const) {
    it(`escapes ${JSON.stringify(given)}`, () => assert.equal(visible(given), shown));
  }

  for (const text of [
    'plain text with a\tTAB, 100 % of it: \\u{1b}',
    'naïve café, e\u0301',
    '👨‍👩‍👧‍👦 ❤️ 🏳️‍🌈 👍🏽 1️⃣ 🇩🇪 ❤️‍🔥',
    'مرحبا می‌خواهم',
    'क्षत्रिय र्‍',
    '日本語　テキスト',
    'שָׁלוֹם',
  ]) {
    it(`leaves ${JSON.stringify(text)} unchanged`, () => assert.equal(visible(text), text));
  }

  it('returns nothing that controls a terminal, whatever the text', () => {
    const drives =
      /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b\u200e\u200f\u061c\u{e0000}-\u{e007f}\p{Cs}]/u;
    const nasty = fc.constantFrom(
      '\x1b',
      '\u202e',
      '\u0301',
      '\u200d',
      '\u{e0041}',
      '\ud800',
      '\udc00',
      '\n',
      'a',
      '👩',
    );
    const text = fc.array(fc.oneof(nasty, anyString()), { maxLength: 30 });
    fc.assert(
      fc.property(text, (parts) => {
        const shown = visible(parts.join(''));
        assert.doesNotMatch(shown, drives);
        assert.doesNotMatch(shown, /\p{M}{5}/u);
        assert.equal(visible(shown), shown);
      }),
    );
  });
});
