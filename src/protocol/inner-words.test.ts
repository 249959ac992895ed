import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { foldWord } from './folding.ts';
import { wireLimits } from './limits.ts';
import { termProblem } from './terms.ts';
import { countCharacters, hasControlCharacter } from './text.ts';
import { wordsIn, wordsOf } from './words.ts';

const page = new URL('../../docs/protocol.md', import.meta.url);
const unicode = anyString({ maxLength: 80 });
/** Words of several scripts, and what stands between words. */
const pieces = fc.constantFrom(
  ...['apple', 'Pear', 'é', '@Bob', '苹果', 'りんご', 'ข้าว', 'ﬁ', '7', '\u0301', '\u200d', '\u200b'],
  ...'-\'._’/,*#"()@＠👍🏽! \t\u3000',
);
const mixed = fc.array(pieces, { maxLength: 30 }).map((some) => some.join(''));
const texts = fc.oneof(unicode, mixed);

/** The rows of the table of `markdown` with this heading: of each cell what stands in backquotes. */
function rowsOf(markdown: string, heading: string): string[][][] {
  const lines = markdown.split('\n').map((line) => line.trim());
  const begin = lines.indexOf(heading) + 2;
  const end = lines.findIndex((line, index) => index >= begin && !line.startsWith('|'));
  return lines.slice(begin, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted)),
  );
}

describe('the words within a text', () => {
  it('are those that docs/protocol.md says', () => {
    const rows = rowsOf(readFileSync(page, 'utf8'), '| text | carries | does not carry |');
    assert.ok(rows.length >= 20, `${rows.length} rows`);
    for (const [[text = ''] = [], carried = [], others = []] of rows) {
      // A text with other characters is split in another way than ASCII alone.
      for (const around of [text, `${text} 🍎`, `é ${text} it's`]) {
        const words = wordsOf(around);
        for (const term of [...carried, ...others]) assert.equal(termProblem(term), undefined, term);
        for (const term of carried) assert.ok(words.has(foldWord(term)), `${around} carries ${term}`);
        for (const term of others) assert.ok(!words.has(foldWord(term)), `${around} does not carry ${term}`);
      }
    }
  });

  it('come on top of each piece with its punctuation removed from the end one by one', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const words = wordsOf(text);
        for (const piece of text.split(/\s+/u)) {
          const opened = piece.replace(/^[\p{Ps}\p{Pi}\p{Pf}"'`¿¡＂＇]+/u, '');
          for (const form of [...trimmed(piece), ...trimmed(opened)]) {
            assert.ok(countCharacters(form) > wireLimits.termCharacters || words.has(form), form);
          }
        }
      }),
    );
  });

  it('are folded, without white space, and can be followed', () => {
    // A few signs fold into several words.
    const text = texts.filter(
      (one) => ![...one].some((sign) => /\S/u.test(sign) && /\s/u.test(foldWord(sign))),
    );
    fc.assert(
      fc.property(text, (one) => {
        for (const word of wordsIn(one)) {
          assert.ok(word !== '' && !/\s/u.test(word));
          assert.equal(foldWord(word), word);
          const isRefused = word.includes(',') || word.startsWith('"') || hasControlCharacter(word);
          assert.ok(isRefused || termProblem(word) === undefined, word);
        }
      }),
    );
  });

  it('stay the same beside other words', () => {
    fc.assert(
      fc.property(mixed, mixed, (a, b) => {
        assert.deepEqual(wordsOf(`${a} ${b}`), wordsOf(a).union(wordsOf(b)));
      }),
    );
  });

  it('do not displace a piece as it is, however many they are', () => {
    const plain = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
    const words = wordsIn(`${'a-b/c '.repeat(3000)}${plain.join(' ')}`);
    assert.equal(words.length, wireLimits.textKeys);
    assert.deepEqual(new Set(plain).difference(new Set(words)), new Set());
  });

  it('are few and short for every long text', () => {
    const length = wireLimits.textCharacters;
    const units = [
      'a-',
      'a/',
      '@a ',
      '@a@',
      `@${'a.'.repeat(30)}`,
      'é-',
      'ﬁ·',
      '你好，',
      '你',
      'ｶ-',
      '👍a',
      "ᄀ\u1161'",
    ];
    for (const unit of units) {
      const text = unit.repeat(length / unit.length);
      const words = wordsIn(text);
      assert.ok(words.length <= wireLimits.textKeys, unit);
      const characters = words.reduce((sum, word) => sum + word.length, 0);
      assert.ok(characters <= 6 * text.length, `${unit}: ${characters}`);
    }
  });

  it('are looked up in the dictionary in one go, up to 8,192 units', (context) => {
    const segment = context.mock.method(Intl.Segmenter.prototype, 'segment');
    const words = wordsOf(`${'苹果，香蕉 '.repeat(5_000)}`);
    assert.ok(words.has('苹果') && words.has('香蕉'));
    wordsOf('apple, pear-pie é* '.repeat(100));
    assert.equal(segment.mock.callCount(), 1);
    assert.ok((segment.mock.calls[0]?.arguments[0]?.length ?? 0) <= 8_192);
    assert.ok(!wordsOf(`${'你'.repeat(8_192)}，我喜欢吃苹果`).has('苹果'));
  });
});

/** `piece`, folded, with more and more of its punctuation removed from its end; its first character stays. */
function trimmed(piece: string): string[] {
  const characters = [...piece];
  const forms: string[] = [];
  for (let end = characters.length; end > 0; end--) {
    const [form, last = ''] = [characters.slice(0, end).join(''), characters[end - 1]];
    forms.push(foldWord(form));
    if (!/\p{P}|\p{S}|\u200d|\ufe0e|\ufe0f|\u20e3|[\u{e0020}-\u{e007f}]/u.test(last)) break;
  }
  return forms;
}
