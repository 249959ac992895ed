import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  lstat,
  lutimes,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { DownloadFolder } from './download-folder.ts';

/** Saves `content` under the announced name; returns its name in the folder. */
async function saved(folder: DownloadFolder, announced: string, content: string): Promise<string> {
  const names: string[] = [];
  const sink = await folder.create(announced, {
    onSaved: (name) => names.push(name),
    onFailed: (reason) => assert.fail(reason),
    onAbandoned: () => assert.fail('abandoned'),
  });
  await sink.write(Buffer.from(content));
  await sink.finish();
  return names.join();
}

test('replaces nothing and follows nothing: file, folder, link, dangling link, FIFO', async (context) => {
  const path = await temporaryFolder(context);
  await writeFile(join(path, 'x'), 'mine');
  await mkdir(join(path, 'x (1)'));
  await writeFile(join(path, 'other'), 'mine too');
  await symlink(join(path, 'other'), join(path, 'x (2)'));
  await symlink(join(path, 'nowhere'), join(path, 'x (3)'));
  assert.equal(spawnSync('mkfifo', [join(path, 'x (4)')]).status, 0);
  assert.equal(await saved(new DownloadFolder(path), 'x', 'a stranger'), 'x (5)');
  assert.equal(await readFile(join(path, 'x (5)'), 'utf8'), 'a stranger');
  assert.equal((await lstat(join(path, 'x (5)'))).mode & 0o777, 0o600);
  assert.equal(await readFile(join(path, 'x'), 'utf8'), 'mine');
  assert.equal(await readFile(join(path, 'other'), 'utf8'), 'mine too');
  assert.equal(await readlink(join(path, 'x (3)')), join(path, 'nowhere'));
  assert.ok((await lstat(join(path, 'x (4)'))).isFIFO());
  assert.deepEqual(
    (await readdir(path)).filter((name) => name.endsWith('.part') || name === 'nowhere'),
    [],
  );
});

test('makes its folder for this user alone', async (context) => {
  const path = join(await temporaryFolder(context), 'a', 'b');
  assert.equal(await saved(new DownloadFolder(path, true), 'x', ''), 'x');
  assert.equal((await lstat(path)).mode & 0o777, 0o700);
});

test('removes parts of its own that are older than a day, and nothing else', async (context) => {
  const path = await temporaryFolder(context);
  const oldMs = Date.now() - 25 * 60 * 60 * 1000;
  const part = (digit: string): string => `.earshot-${digit.repeat(16)}.part`;
  const make = async (name: string, timeMs: number): Promise<void> => {
    await writeFile(join(path, name), 'x');
    await utimes(join(path, name), timeMs / 1000, timeMs / 1000);
  };
  await make(part('0'), oldMs);
  await make(part('1'), Date.now());
  const kept = [part('G'), `x${part('2')}`, `${part('3')}.txt`, '.earshot-22.part', 'old.part'];
  for (const name of kept) await make(name, oldMs);
  await symlink(join(path, 'old.part'), join(path, part('4')));
  await lutimes(join(path, part('4')), oldMs / 1000, oldMs / 1000);
  await mkdir(join(path, part('5')));
  await utimes(join(path, part('5')), oldMs / 1000, oldMs / 1000);
  await saved(new DownloadFolder(path), 'new', '');
  assert.deepEqual((await readdir(path)).sort(), [...kept, part('1'), part('4'), part('5'), 'new'].sort());
});
