import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { isUserName } from './names.ts';

it('accepts 1 to 20 letters, digits and, inside, `_.-`', () => {
  for (const name of ['a', '7', 'Bob', 'a.b', 'a_b', 'a-b', 'a..b', 'x'.repeat(20), 'allan', 'al']) {
    assert.ok(isUserName(name), name);
  }
});

it('refuses empty and too long names, and punctuation at either end', () => {
  for (const name of ['', 'x'.repeat(21), '.', '-', '_', '.a', 'a.', '-a', 'a-', '_a', 'a_', '..']) {
    assert.ok(!isUserName(name), name);
  }
});

it('refuses characters that could end a line, a word or a mark', () => {
  for (const name of [
    'a b',
    'a\n',
    '\na',
    'a\r',
    'a\nb',
    'a:b',
    '@bob',
    'a,b',
    'a/b',
    'é',
    'ａ',
    'a\u0000b',
    'bob\u202e',
    'b🍎b',
  ]) {
    assert.ok(!isUserName(name), JSON.stringify(name));
  }
});

it('reserves `all` in any case', () => {
  for (const name of ['all', 'ALL', 'All', 'aLl']) assert.ok(!isUserName(name), name);
});

it('refuses every name with a character outside A–Z a–z 0–9 `_.-`', () => {
  fc.assert(
    fc.property(anyString({ maxLength: 24 }), (name) => {
      if (/[^A-Za-z0-9_.-]/.test(name)) assert.ok(!isUserName(name));
    }),
  );
});
