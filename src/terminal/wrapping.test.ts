import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { anyString } from '../../tests/support/any-string.ts';
import { processorMs } from '../../tests/support/processor-time.ts';
import { propertyRuns } from '../../tests/support/property-runs.ts';
import { wireLimits } from '../protocol/limits.ts';
import { type Line, plainTextOf } from './line.ts';
import { visible } from './text.ts';
import { wrapped } from './wrapping.ts';

const rowsOf = (text: string, columns: number, indent = 6): string[] =>
  wrapped([{ text }], columns, indent).map(plainTextOf);

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ' ',
        '  ',
        '\t',
        '\u00a0',
        '\u3000',
        'word',
        'a',
        '日本語',
        '。',
        '「',
        '👩‍👩‍👧',
        'e\u0301',
        '🇩🇪',
        '─',
      ),
      anyString({ maxLength: 12 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => visible(parts.join('')));
const lines: fc.Arbitrary<Line> = fc.array(
  texts.map((text) => ({ text })),
  { maxLength: 4 },
);
const withoutSpace = (text: string): string => text.replace(/\s/gu, '');

describe('wrapped', () => {
  it('breaks between words, and indents all rows but the first', () => {
    assert.deepEqual(rowsOf('14:03 @bob: a word and another', 20), [
      '14:03 @bob: a word',
      '      and another',
    ]);
    assert.deepEqual(rowsOf('14:03 @bob: short', 20), ['14:03 @bob: short']);
    assert.deepEqual(rowsOf('ab cd', 2), ['ab', ' c', ' d']);
    assert.deepEqual(rowsOf('', 20), ['']);
    assert.deepEqual(rowsOf('  two  spaces  kept', 40), ['  two  spaces  kept']);
  });

  it('breaks a word that is longer than a row, and begins it where there is room', () => {
    const long = 'x'.repeat(30);
    assert.deepEqual(rowsOf(`14:03 @bob: ${long}`, 20), [
      `14:03 @bob: ${long.slice(0, 8)}`,
      `      ${long.slice(0, 14)}`,
      `      ${long.slice(0, 8)}`,
    ]);
    assert.deepEqual(rowsOf(`14:03 @bob: abc ${long}`, 20), [
      '14:03 @bob: abc',
      `      ${long.slice(0, 14)}`,
      `      ${long.slice(0, 14)}`,
      `      ${long.slice(0, 2)}`,
    ]);
  });

  it('breaks beside wide characters, but not before what closes or after what opens', () => {
    assert.deepEqual(rowsOf('@bob: 日本語です。', 12, 2), ['@bob: 日本語', '  です。']);
    assert.deepEqual(rowsOf('@bob: 日本「語」', 12, 2), ['@bob: 日本', '  「語」']);
  });

  it('keeps the styles and links of the parts', () => {
    assert.deepEqual(
      wrapped(
        [
          { text: 'one ', style: 'name' },
          { text: 'two', link: 'x:' },
        ],
        6,
        2,
      ),
      [[{ text: 'one', style: 'name' }], [{ text: '  ' }, { text: 'two', link: 'x:' }]],
    );
  });

  it('loses no text, makes no row too wide, and keeps texts from the first column', () => {
    fc.assert(
      fc.property(
        lines,
        fc.integer({ min: 2, max: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (line, columns, indent) => {
          const rows = wrapped(line, columns, indent).map(plainTextOf);
          const kept = Math.min(indent, Math.max(1, Math.floor(columns / 3)));
          assert.equal(withoutSpace(rows.join('')), withoutSpace(plainTextOf(line)));
          for (const [at, row] of rows.entries()) {
            if (at > 0) assert.ok(row.startsWith(' '.repeat(kept)), JSON.stringify(row));
            const text = at > 0 ? row.slice(kept) : row;
            const isOne = [...new Intl.Segmenter().segment(text)].length <= 1;
            assert.ok(isOne || sumOfWidths(row) <= columns, `${columns} columns: ${JSON.stringify(row)}`);
          }
        },
      ),
      { numRuns: propertyRuns(1_000, 20_000) },
    );
  });

  it('takes less than half a second for a text as long as one may be', () => {
    for (const unit of ['a', 'a ', '日', 'e\u0301', ' ', '👩‍👩‍👧']) {
      const text = unit.repeat(wireLimits.textCharacters / unit.length);
      assert.ok(processorMs(() => rowsOf(text, 80)) < 500, unit);
    }
  });
});

function sumOfWidths(row: string): number {
  return [...new Intl.Segmenter().segment(row)].reduce((sum, { segment }) => sum + stringWidth(segment), 0);
}
