import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { Spool } from './spool.ts';

async function bytesOf(spool: Spool, id: string, from?: number): Promise<Buffer | undefined> {
  const pieces = await spool.read(id, from);
  if (pieces === undefined) return undefined;
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

async function openSpool(context: TestContext): Promise<{ spool: Spool; folder: string }> {
  const folder = join(await temporaryFolder(context), 'spool');
  return { spool: await Spool.open(folder), folder };
}

test('a finished file reads back as it was written, with its length and hash', async (context) => {
  const { spool, folder } = await openSpool(context);
  for (const size of [0, 1, 128 * 1024, 1_000_003]) {
    const bytes = randomBytes(size);
    const upload = spool.begin();
    for (let at = 0; at < size; at += 70_000) await upload.write(bytes.subarray(at, at + 70_000));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.deepEqual(await upload.finish(), { bytes: size, sha256 });
    assert.deepEqual(await bytesOf(spool, upload.id), bytes);
    assert.equal((await stat(join(folder, upload.id))).mode & 0o777, 0o600);
  }
});

test('a file reads from any byte on, in pieces of the length that is asked for', async (context) => {
  const { spool } = await openSpool(context);
  const bytes = randomBytes(300_000);
  const upload = spool.begin();
  await upload.write(bytes);
  await upload.finish();
  for (const from of [1, 128 * 1024, 299_999, 300_000, 300_001, 2 ** 40]) {
    assert.deepEqual(await bytesOf(spool, upload.id, from), bytes.subarray(from));
  }
  const lengths: number[] = [];
  for await (const piece of (await spool.read(upload.id, 50_000, 100_000)) ?? []) lengths.push(piece.length);
  assert.deepEqual(lengths, [100_000, 100_000, 50_000]);
});

test('a file is not there before it is finished, and never when it is aborted', async (context) => {
  const { spool, folder } = await openSpool(context);
  const upload = spool.begin();
  await upload.write(Buffer.from('half'));
  assert.equal(await bytesOf(spool, upload.id), undefined);
  await upload.abort();
  assert.deepEqual(await readdir(folder), []);
});

test('what unfinished uploads left behind is gone after opening', async (context) => {
  const { spool, folder } = await openSpool(context);
  const upload = spool.begin();
  await upload.write(Buffer.from('half'));
  assert.equal((await readdir(folder)).length, 1);
  await Spool.open(folder);
  assert.deepEqual(await readdir(folder), []);
  await upload.abort();
});

test('pieces that come while others are written gather up to a bound', async (context) => {
  const { spool } = await openSpool(context);
  const bytes = randomBytes(3_000_001);
  const upload = spool.begin();
  let held = 0;
  let maxHeld = 0;
  for (let at = 0; at < bytes.length; at += 64 * 1024) {
    const piece = bytes.subarray(at, at + 64 * 1024);
    held += piece.length;
    maxHeld = Math.max(maxHeld, held);
    void upload.write(piece).then(() => {
      held -= piece.length;
    });
    await upload.room();
  }
  assert.ok(maxHeld > 64 * 1024, 'no piece came before the one before it was written');
  assert.ok(maxHeld <= 1024 * 1024 + 64 * 1024, `${maxHeld} bytes were held`);
  assert.equal((await upload.finish()).sha256, createHash('sha256').update(bytes).digest('hex'));
  assert.equal(held, 0);
  assert.deepEqual(await bytesOf(spool, upload.id), bytes);
});

test('an upload that is aborted while it is written leaves nothing behind', async (context) => {
  const { spool, folder } = await openSpool(context);
  const upload = spool.begin();
  const writes = [upload.write(randomBytes(1000)), upload.write(randomBytes(1000))];
  await upload.abort();
  await Promise.all(writes);
  await upload.write(randomBytes(1000));
  assert.deepEqual(await readdir(folder), []);
});

test('a write that fails is told by finish, and those after it are taken', async (context) => {
  const { spool, folder } = await openSpool(context);
  const upload = spool.begin();
  await mkdir(join(folder, `${upload.id}.part`));
  await upload.write(Buffer.from('one'));
  await upload.write(Buffer.from('two'));
  assert.ok(upload.failure instanceof Error);
  await assert.rejects(upload.finish(), { code: 'EEXIST' });
});

test('files older than asked for are removed', async (context) => {
  const { spool, folder } = await openSpool(context);
  const [old, young] = [spool.begin(), spool.begin()];
  for (const upload of [old, young]) {
    await upload.write(Buffer.from('x'));
    await upload.finish();
  }
  await utimes(join(folder, old.id), 1000, 1000);
  assert.equal(await spool.removeOlderThan(2_000_000), 1);
  assert.equal(await bytesOf(spool, old.id), undefined);
  assert.deepEqual(await bytesOf(spool, young.id), Buffer.from('x'));
});

test('a reader that stops half-way leaves no file open', async (context) => {
  const { spool } = await openSpool(context);
  const upload = spool.begin();
  await upload.write(randomBytes(500_000));
  await upload.finish();
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const before = await open();
  for await (const piece of (await spool.read(upload.id)) ?? []) {
    assert.ok(piece.length > 0);
    break;
  }
  await (await spool.read(upload.id))?.return();
  assert.equal(await open(), before);
});

test('a folder that cannot be used is an error at opening', async (context) => {
  const folder = await temporaryFolder(context);
  await writeFile(join(folder, 'file'), '');
  await chmod(folder, 0o700);
  await assert.rejects(Spool.open(join(folder, 'file')));
});
