import assert from 'node:assert/strict';
import { it } from 'node:test';
import { normalizePassword, passwordProblem } from './passwords.ts';

it('has 8 to 256 characters, as people count them and however they are encoded', () => {
  const accent = 'e\u0301';
  for (const [password, problem] of [
    ['1234567', /at least 8/],
    ['12345678', undefined],
    ['🍎'.repeat(7), /at least 8/],
    ['🍎'.repeat(8), undefined],
    [accent.repeat(7), /at least 8/],
    ['x'.repeat(256), undefined],
    ['x'.repeat(257), /at most 256/],
    ['🍎'.repeat(256), undefined],
    [accent.repeat(256), undefined],
    [accent.repeat(257), /at most 256/],
    ['two words and more', undefined],
    [' 12345678', /space/],
    ['12345678 ', /space/],
    ['1234\u00005678', /control/],
    ['1234\t5678', /control/],
  ] as const) {
    const found = passwordProblem(password);
    if (problem === undefined) assert.equal(found, undefined, password);
    else assert.match(found ?? '', problem);
  }
});

it('is the same whether accents are characters of their own or not', () => {
  assert.equal(normalizePassword('e\u0301'), normalizePassword('\u00e9'));
  assert.notEqual(normalizePassword('ﬁ'), normalizePassword('fi'));
});
