import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harmIn, hostileTexts } from '../../../tests/support/hostile-texts.ts';
import { shownText } from './shown-text.ts';

test('nothing hidden is left in what strangers write', () => {
  for (const [what, text] of Object.entries(hostileTexts))
    assert.equal(harmIn(shownText(text), 'pipe'), undefined, what);
  assert.equal(shownText('a\u202egnp.exe'), 'a\\u{202e}gnp.exe');
});

test('scripts and emoji stay as they are', () => {
  for (const text of ['👩‍👩‍👧', 'क्षि', 'مرحبا', 'שלום', 'é́', '☎️', 'a\tb', 'می‌خواهم'])
    assert.equal(shownText(text), text);
});
