import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../../tests/support/temporary-folder.ts';
import { defaultFolder, downloadsFolder, expandHome, shownPath } from './downloads.ts';

test('the default folder is in ~/Downloads if there is one, and never the current folder', async (context) => {
  const home = await realpath(await temporaryFolder(context));
  assert.equal(await defaultFolder(home), join(home, 'earshot-files'));
  await writeFile(join(home, 'Downloads'), 'a file');
  assert.equal(await defaultFolder(home), join(home, 'earshot-files'));
  await mkdir(join(home, 'earshot-files'));
  const before = process.cwd();
  process.chdir(join(home, 'earshot-files'));
  try {
    assert.equal(await defaultFolder(home), join(home, 'earshot-files', 'received'));
  } finally {
    process.chdir(before);
  }
  const other = await temporaryFolder(context);
  await mkdir(join(other, 'Downloads'));
  assert.equal(await defaultFolder(other), join(other, 'Downloads', 'earshot'));
});

test('a chosen folder that is missing is created for the user alone, and that is told once', async (context) => {
  const folder = await temporaryFolder(context);
  const created: string[] = [];
  const chosen = join(folder, 'a', 'b');
  for (let at = 0; at < 2; at++) {
    const downloads = await downloadsFolder(chosen, (path) => created.push(path));
    assert.deepEqual(downloads, { path: chosen, isDefault: false });
  }
  assert.equal(created.length, 1);
  assert.equal((await stat(chosen)).mode & 0o777, 0o700);
  await writeFile(join(folder, 'x'), '');
  assert.equal(
    await downloadsFolder(join(folder, 'x'), () => assert.fail()),
    `files cannot be saved in "${join(folder, 'x')}": it is not a folder`,
  );
  assert.match(
    String(await downloadsFolder(join(folder, 'x', 'y'), () => assert.fail())),
    /^files cannot be saved in ".*": .*ENOTDIR/,
  );
});

test('a folder in which none can be made is refused', { skip: !existsSync('/proc') }, async () => {
  assert.equal(
    await downloadsFolder('/proc/earshot/files', () => assert.fail()),
    'files cannot be saved in "/proc/earshot/files": no such file or folder (ENOENT)',
  );
});

test('paths in the home folder are shown and typed with ~', () => {
  const pairs = [
    ['/home/me', '~'],
    ['/home/me/x y', '~/x y'],
    ['/home/me2/x', '/home/me2/x'],
    ['/x', '/x'],
  ] as const;
  for (const [path, shown] of pairs) {
    assert.equal(shownPath(path, '/home/me'), shown);
    assert.equal(expandHome(shown, '/home/me'), path);
  }
  assert.equal(shownPath('/x', '/'), '/x');
  for (const path of ['~bob/x', './~/x', 'x~']) assert.equal(expandHome(path, '/home/me'), path);
});
