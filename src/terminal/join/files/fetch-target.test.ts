import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../../tests/support/temporary-folder.ts';
import { fetchReadings, fetchTarget } from './fetch-target.ts';

test('reads a name that holds " as ", and a path after it', () => {
  assert.deepEqual(fetchReadings('1'), [{ file: '1', as: undefined }]);
  assert.deepEqual(fetchReadings('mark as read.txt  as  my note'), [
    { file: 'mark as read.txt  as  my note', as: undefined },
    { file: 'mark', as: 'read.txt  as  my note' },
    { file: 'mark as read.txt', as: 'my note' },
  ]);
  assert.deepEqual(fetchReadings("'my note.txt' as x").at(-1), { file: 'my note.txt', as: 'x' });
  assert.ok(fetchReadings('x as '.repeat(100_000)).length < 200);
});

test('saves in a folder, or as a file that is not there', async (context) => {
  const folder = await temporaryFolder(context);
  await mkdir(join(folder, 'sub'));
  await symlink('sub', join(folder, 'to-sub'));
  await symlink('nowhere', join(folder, 'to-nowhere'));
  await writeFile(join(folder, 'file'), '');
  const target = (path: string) => fetchTarget(`${folder}/${path}`, 'note.txt');
  assert.deepEqual(await target('sub'), { folder: join(folder, 'sub'), name: 'note.txt' });
  assert.deepEqual(await target('to-sub/'), { folder: join(folder, 'to-sub'), name: 'note.txt' });
  assert.deepEqual(await target('new name'), { folder, name: 'new name' });
  assert.deepEqual(await target('none/new'), { folder: join(folder, 'none'), name: 'new' });
  for (const path of ['file', 'to-nowhere']) assert.match(String(await target(path)), /exists already/);
  assert.match(String(await target('none/')), /^There is no folder/);
  assert.match(String(await target('file/x')), /cannot be written$/);
  assert.match(String(await target('.hidden')), /^Files cannot be saved as "\.hidden"$/);
  assert.match(String(await fetchTarget('file://elsewhere/x', 'x')), /is not the address of a file/);
});
