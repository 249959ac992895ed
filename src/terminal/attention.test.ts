import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { harmIn, hostileTexts } from '../../tests/support/hostile-texts.ts';
import { noticeSequence, titleSequence } from './attention.ts';

describe('attention', () => {
  it('lets no text end the sequence that it is in, nor begin another one', () => {
    assert.equal(titleSequence('a\x07\x1b]0;b\n\tc'), '\x1b]2;a\\u{7}\\u{1b}]0;b\\u{a} c\x1b\\');
  });

  it('is one sequence with harmless text, whatever strangers wrote', () => {
    for (const hostile of [
      ...Object.values(hostileTexts),
      '<img src="http://evil.example/"> <b>',
      '9;4;1;;',
    ]) {
      for (const text of [hostile, `${'x'.repeat(199)}${hostile}`]) {
        for (const [sequence, form] of [
          [titleSequence(text), /^\x1b\]2;([^\x1b]*)\x1b\\$/],
          [noticeSequence(text, {}), /^\x1b\]9;((?!\d)[^\x1b<]*)\x1b\\$/],
          [noticeSequence(text, { VTE_VERSION: '1' }), /^\x1b\]777;notify;earshot;([^\x1b<;]*)\x1b\\$/],
        ] as const) {
          const shown = form.exec(sequence)?.[1];
          assert.ok(shown !== undefined, JSON.stringify(sequence));
          assert.ok([...shown].length <= 201);
          assert.equal(harmIn(shown, 'pipe'), undefined);
        }
      }
    }
  });

  it('cuts long texts', () => {
    assert.equal(titleSequence('x'.repeat(5_000)), `\x1b]2;${'x'.repeat(200)}\x1b\\`);
  });

  it('asks each terminal for a notice in its own way', () => {
    assert.equal(noticeSequence('@bob: hi; you', {}), '\x1b]9;@bob: hi; you\x1b\\');
    assert.equal(noticeSequence('4;1;50', {}), '\x1b]9; 4;1;50\x1b\\');
    const vte = '\x1b]777;notify;earshot;@bob: hi, you\x1b\\';
    assert.equal(noticeSequence('@bob: hi; you', { VTE_VERSION: '7600' }), vte);
    assert.equal(noticeSequence('@bob: hi; you', { TERM: 'foot' }), vte);
  });
});
