import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harmIn, hostileTexts } from '../../../tests/support/hostile-texts.ts';
import { isTall, shownText } from './shown-text.ts';

test('nothing hidden is left in what strangers write', () => {
  for (const [what, text] of Object.entries(hostileTexts))
    assert.equal(harmIn(shownText(text), 'pipe'), undefined, what);
  assert.equal(shownText('a\u202egnp.exe'), 'a\\u{202e}gnp.exe');
});

test('scripts and emoji stay as they are', () => {
  for (const text of ['👩‍👩‍👧', 'क्षि', 'مرحبا', 'שלום', 'é́', '☎️', 'a\tb', 'می‌خواهم'])
    assert.equal(shownText(text), text);
});

test('texts that may reach out of their lines are known', () => {
  const flat = [
    '',
    'plain: "words" – 5 € … “so” · naïve',
    'Größe',
    'Ελλάδα',
    'привет',
    '日本語、カタカナ',
    '한국어',
    'a\tb',
  ];
  for (const text of flat) assert.equal(isTall(text), false, text);
  const high = [
    'e\u0301',
    'z\u0310\u0310',
    'ก็',
    'क्षि',
    '\ufdfd',
    '\u{12219}',
    'བོད',
    '\u0489',
    '\u3099',
    '👩',
    '\u{1d15e}',
  ];
  for (const text of high) assert.equal(isTall(`plain ${text}`), true, text);
});
