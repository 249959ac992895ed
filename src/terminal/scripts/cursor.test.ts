import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCursor, parseCursor } from './cursor.ts';

test('a cursor is read as it was written', () => {
  const epoch = fc.stringMatching(/^[A-Za-z0-9]{1,64}$/);
  fc.assert(
    fc.property(fc.nat(), epoch, (position, name) => {
      const place = { position, epoch: name };
      assert.deepEqual(parseCursor(formatCursor(place)), place);
    }),
  );
  for (const text of ['', '@', '7', '7@', '@e', '-1@e', '1.5@e', '7@a b', 'now', ' 7@e']) {
    assert.equal(parseCursor(text), undefined, text);
  }
});
