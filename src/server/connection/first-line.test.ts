import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quoteBeginning } from './first-line.ts';

test('a refused line is shown by its beginning, up to a colon', () => {
  for (const [line, shown] of [
    ['REGISTER two words CHAT/1.0', '"REGISTER two words CHAT/1.0"'],
    [`REGISTER ${'x'.repeat(60)}`, `"REGISTER ${'x'.repeat(31)}…"`],
    ['@alice: what she says', '"@alice:…"'],
    ['Password: correct horse', '"Password:…"'],
    ['say "hi" \\ \x1b[2J', '"say \\x22hi\\x22 \\x5c \\x1b[2J"'],
    ['', '""'],
  ] as const) {
    assert.equal(quoteBeginning(Buffer.from(line)), shown);
  }
});

test('whatever the bytes are, what is shown is short and printable', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.match(quoteBeginning(bytes), /^"(?:[ !#-[\]-~]|\\x[0-9a-f]{2}){0,40}…?"$/);
    }),
  );
});
