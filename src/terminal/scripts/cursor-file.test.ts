import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { CursorFile, usualCursorFile } from './cursor-file.ts';

const place = { position: 7, epoch: 'e1' };

it('the file of a cursor is made with its folder, and only its owner may read it', async (context) => {
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

it('says why it cannot be read or written, and leaves nothing half written', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'cursor');
  await mkdir(path);
  assert.match(String(await CursorFile.open(path)), /^the cursor file .*cursor cannot be read: /);
  await assert.rejects(new CursorFile(path, undefined).keep(place), /cursor: /);
  assert.deepEqual(await readdir(folder), ['cursor']);
});

it('is usually the same for the same terms, whatever their order', () => {
  const address = { scheme: 'chat', host: 'localhost', port: 1 } as const;
  const usual = (...terms: string[]) => usualCursorFile(address, 'alice', terms);
  assert.equal(usual('apple', 'pie'), usual('pie', 'apple'));
  assert.notEqual(usual('apple', 'pie'), usual('apple'));
});
