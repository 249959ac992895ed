import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shownFileName } from './entry-line.ts';

test('the name of a file is in quotes when it could be taken for more than a name', () => {
  for (const plain of ['menu.txt', 'Müller-2026_11+a@b.tar.gz', '人.pdf']) {
    assert.equal(shownFileName(plain), plain);
  }
  assert.equal(shownFileName('a (9 bytes) from bob: ~'), '"a (9 bytes) from bob: ~"');
  assert.equal(shownFileName('@alice'), '"@alice"');
  assert.equal(shownFileName('a\u3164'), '"a\u3164"');
  assert.equal(shownFileName('x" from \\'), '"x\\" from \\\\"');
});

test('where a quoted name ends is plain, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
      const shown = shownFileName(name);
      if (!shown.startsWith('"')) assert.match(shown, /^[^\s"@\\:()][^\s"\\:()]*$/u);
      else assert.match(shown, /^"(?:[^"\\]|\\["\\])*"$/u);
    }),
  );
});
