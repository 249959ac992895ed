import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bytesOf, storeFile, testFileStore } from '../../../tests/contract/file-store.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { LocalFileStore } from './local-file-store.ts';

testFileStore('a local file store', async (context) => {
  const folder = join(await temporaryFolder(context), 'files');
  return () => LocalFileStore.open(folder);
});

async function openStore(context: TestContext): Promise<{ store: LocalFileStore; folder: string }> {
  const folder = join(await temporaryFolder(context), 'files');
  return { store: await LocalFileStore.open(folder), folder };
}

test('a file can be read by its owner alone', async (context) => {
  const { store, folder } = await openStore(context);
  const { id } = await storeFile(store, Buffer.from('x'));
  assert.equal((await stat(join(folder, id))).mode & 0o777, 0o600);
});

test('an upload that is aborted leaves nothing behind, also while it is written', async (context) => {
  const { store, folder } = await openStore(context);
  const upload = store.begin();
  const writes = [upload.write(randomBytes(1000)), upload.write(randomBytes(1000))];
  await upload.abort();
  await Promise.all(writes);
  await upload.write(randomBytes(1000));
  assert.deepEqual(await readdir(folder), []);
});

test('opening removes what unfinished uploads left behind', async (context) => {
  const { store, folder } = await openStore(context);
  const upload = store.begin();
  await upload.write(Buffer.from('half'));
  assert.equal((await readdir(folder)).length, 1);
  await LocalFileStore.open(folder);
  assert.deepEqual(await readdir(folder), []);
  await upload.abort();
});

test('finish rejects with the error of a failed write, and later writes are taken', async (context) => {
  const { store, folder } = await openStore(context);
  const upload = store.begin();
  await mkdir(join(folder, `${upload.id}.part`));
  await upload.write(Buffer.from('one'));
  await upload.write(Buffer.from('two'));
  assert.ok(upload.failure instanceof Error);
  await assert.rejects(upload.finish(), { code: 'EEXIST' });
});

test('files older than asked for are removed', async (context) => {
  const { store, folder } = await openStore(context);
  const [old, young] = [await storeFile(store, Buffer.from('x')), await storeFile(store, Buffer.from('x'))];
  await utimes(join(folder, old.id), 1000, 1000);
  assert.equal(await store.removeOlderThan(2_000_000), 1);
  assert.equal(await bytesOf(store, old.id), undefined);
  assert.deepEqual(await bytesOf(store, young.id), Buffer.from('x'));
});

test('a reader that stops half-way leaves no file open', async (context) => {
  const { store } = await openStore(context);
  const { id } = await storeFile(store, randomBytes(500_000));
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const before = await open();
  for await (const piece of (await store.read(id)) ?? []) {
    assert.ok(piece.length > 0);
    break;
  }
  await (await store.read(id))?.return();
  assert.equal(await open(), before);
});

test('a folder that cannot be used is an error at opening', async (context) => {
  const folder = await temporaryFolder(context);
  await writeFile(join(folder, 'file'), '');
  await chmod(folder, 0o700);
  await assert.rejects(LocalFileStore.open(join(folder, 'file')));
});
