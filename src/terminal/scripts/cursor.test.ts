import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { CursorFile } from './cursor-file.ts';

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

test('the file of a cursor is made with its folder, and only its owner may read it', async (context) => {
  const path = join(await temporaryFolder(context), 'new', 'c');
  const file = await CursorFile.open(path);
  assert.ok(file instanceof CursorFile);
  assert.equal(file.read(), undefined);
  await file.keep({ position: 7, epoch: 'e' });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const again = await CursorFile.open(path);
  assert.ok(again instanceof CursorFile);
  assert.deepEqual(again.read(), { position: 7, epoch: 'e' });
  await writeFile(path, 'x');
  assert.match(String(await CursorFile.open(path)), /damaged; remove it, or say where to begin with --since/);
});
