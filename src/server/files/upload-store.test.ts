import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { alice, granted, kindOf, plan, sender, UploadScene } from '../../../tests/support/upload-scene.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import type { UploadPlan, UploadWriter } from './resumable-upload.ts';

test('a file is uploaded in pieces and announced whole, and then accepts no more', async (context) => {
  const scene = await UploadScene.open(context);
  for (const size of [0, 1, 200_000]) {
    const bytes = randomBytes(size);
    const writer = await scene.begin(bytes);
    for (let at = 0; at < size; at += 65_536) {
      assert.equal(await writer.write(at, bytes.subarray(at, at + 65_536)), undefined);
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const position = scene.announced.length + 1;
    assert.deepEqual(await writer.commit(scene.announce), { position, reached: 1, sha256 });
    assert.deepEqual(await scene.bytesOf(scene.announced.at(-1)), bytes);
    assert.equal(kindOf(await writer.write(size, Buffer.from('x'))), 'not-found');
  }
});

test('a resumed upload continues after the pieces under way, and the earlier connection loses access', async (context) => {
  const scene = await UploadScene.open(context);
  const bytes = randomBytes(300_000);
  const old = await scene.begin(bytes);
  const onTheirWay = [0, 100_000].map((at) => old.write(at, bytes.subarray(at, at + 100_000)));
  const writer = granted(await scene.uploads.resume(alice, old.id, plan(bytes)));
  assert.equal(writer.offset, 200_000);
  assert.deepEqual(await Promise.all(onTheirWay), [undefined, undefined]);
  assert.equal(kindOf(await old.write(200_000, Buffer.from('late'))), 'not-found');
  assert.equal(kindOf(await old.commit(scene.announce)), 'not-found');
  old.letGo();
  assert.equal(await writer.write(200_000, bytes.subarray(200_000)), undefined);
  assert.ok('position' in (await writer.commit(scene.announce)));
  assert.deepEqual(await scene.bytesOf(scene.announced[0]), bytes);
});

test('a commit that is repeated because its response was lost announces the file once', async (context) => {
  const scene = await UploadScene.open(context);
  const bytes = Buffer.from('once');
  const old = await scene.begin(bytes);
  await old.write(0, bytes);
  const slow = Promise.withResolvers<void>();
  const first = old.commit(async (file) => {
    await slow.promise;
    return scene.announce(file);
  });
  old.letGo();
  const resumed = scene.uploads.resume(alice, old.id, plan(bytes));
  slow.resolve();
  const writer = granted(await resumed);
  assert.equal(writer.offset, bytes.length);
  assert.deepEqual(await writer.commit(scene.announce), await first);
  assert.equal(scene.announced.length, 1);
});

test('a file that could not be announced can be committed again, without its bytes', async (context) => {
  const scene = await UploadScene.open(context);
  const bytes = Buffer.from('patience');
  const writer = await scene.begin(bytes);
  await writer.write(0, bytes);
  assert.deepEqual(await writer.commit(async () => ({ kind: 'not now' })), { kind: 'not now' });
  assert.ok('position' in (await writer.commit(scene.announce)));
  assert.deepEqual(await scene.bytesOf(scene.announced[0]), bytes);
});

test('only its owner resumes an upload, and only with the same file for the same people', async (context) => {
  const scene = await UploadScene.open(context);
  const bytes = Buffer.from('mine');
  const { id } = await scene.begin(bytes);
  const resume = async (owner: typeof alice, more: Partial<UploadPlan>): Promise<unknown> =>
    kindOf(await scene.uploads.resume(owner, id, plan(bytes, more)));
  assert.equal(await resume({ name: 'bob', scope: 'account' }, {}), 'not-found');
  assert.equal(await resume({ name: 'alice', scope: 'another guest' }, {}), 'not-found');
  for (const more of [
    { name: 'g' },
    { bytes: 5 },
    { sha256: '0'.repeat(64) },
    { terms: ['pie'] },
    { to: 'bob' },
  ]) {
    assert.equal(await resume(alice, more), 'conflict', JSON.stringify(more));
  }
  granted(await scene.uploads.resume(alice, id, plan(bytes)));
});

test('a piece that is refused ends the upload and leaves no file', async (context) => {
  const scene = await UploadScene.open(context, { uploadsPerUser: 1 });
  const bytes = Buffer.from('0123456789');
  const spoil = async (
    kind: string,
    action: (writer: UploadWriter) => Promise<object | undefined>,
  ): Promise<void> => {
    const writer = await scene.begin(bytes);
    assert.equal(await writer.write(0, bytes.subarray(0, 4)), undefined);
    assert.equal(kindOf(await action(writer)), kind);
    assert.equal(kindOf(await writer.write(4, bytes.subarray(4))), 'not-found');
    assert.equal(kindOf(await writer.commit(scene.announce)), 'not-found');
    assert.deepEqual(await readdir(scene.folder), []);
  };
  await spoil('conflict', (writer) => writer.write(5, bytes.subarray(5)));
  await spoil('conflict', (writer) => writer.write(0, bytes.subarray(0, 4)));
  await spoil('too-big', (writer) => writer.write(4, bytes));
  await spoil('conflict', async (writer) => {
    assert.equal(kindOf(await writer.commit(scene.announce)), 'conflict', 'six bytes are missing');
    await writer.write(4, Buffer.from('others'));
    const answer = await writer.commit(scene.announce);
    while ((await readdir(scene.folder)).length > 0) await new Promise(setImmediate);
    return answer;
  });
  assert.equal(scene.announced.length, 0);
});

test('a failed write is reported at once', async (context) => {
  const scene = await UploadScene.open(context);
  const writer = await scene.begin(Buffer.from('x'));
  await mkdir(join(scene.folder, `${writer.id}.part`));
  const written = writer.write(0, Buffer.from('x'));
  const resumed = scene.uploads.resume(alice, writer.id, plan(Buffer.from('x')));
  assert.equal(kindOf(await written), 'unavailable');
  assert.equal(kindOf(await resumed), 'not-found', 'no upload resumes after a piece that is lost');
  assert.equal(kindOf(await writer.write(0, Buffer.from('x'))), 'not-found');
});

test('an upload beyond the limit is refused, unless one of the others lost its connection', async (context) => {
  const scene = await UploadScene.open(context);
  const bytes = Buffer.from('x');
  const [first] = [await scene.begin(bytes), await scene.begin(bytes)];
  assert.equal(kindOf(await scene.uploads.begin(alice, plan(bytes), sender)), 'too-many');
  granted(await scene.uploads.begin({ name: 'bob', scope: 'account' }, plan(bytes), sender));
  first.letGo();
  await scene.begin(bytes);
  assert.equal(kindOf(await scene.uploads.resume(alice, first.id, plan(bytes))), 'not-found');
  assert.equal(kindOf(await scene.uploads.begin(alice, plan(bytes), sender)), 'too-many');
});

test('an upload under way counts towards the quota, until it receives nothing for too long', async (context) => {
  const scene = await UploadScene.open(context, { attachmentBytes: 10, attachmentBytesPerDay: 15 });
  const bytes = Buffer.from('0123456789');
  assert.equal(kindOf(await scene.uploads.begin(alice, plan(Buffer.alloc(11)), sender)), 'too-big');
  const writer = await scene.begin(bytes);
  writer.letGo();
  assert.equal(kindOf(await scene.uploads.begin(alice, plan(bytes), sender)), 'too-much');
  scene.clock.advance(defaultLimits.uploadKeepMs - 1);
  const again = granted(await scene.uploads.resume(alice, writer.id, plan(bytes)));
  scene.clock.advance(defaultLimits.uploadKeepMs - 1);
  assert.equal(await again.write(0, bytes.subarray(0, 5)), undefined);
  again.letGo();
  scene.clock.advance(defaultLimits.uploadKeepMs);
  assert.equal(kindOf(await scene.uploads.resume(alice, writer.id, plan(bytes))), 'not-found');
  while ('problem' in (await scene.uploads.begin(alice, plan(bytes), sender)))
    await new Promise(setImmediate);
});

test('of the files that were announced, the last ones can be committed again', async (context) => {
  const scene = await UploadScene.open(context, { uploadsPerUser: 2 });
  const ids: string[] = [];
  for (const text of ['a', 'b', 'c', 'd']) {
    const writer = await scene.begin(Buffer.from(text));
    await writer.write(0, Buffer.from(text));
    await writer.commit(scene.announce);
    ids.push(writer.id);
  }
  const resume = (at: number) =>
    scene.uploads.resume(alice, ids[at] ?? '', plan(Buffer.from('abcd'.charAt(at))));
  for (const at of [2, 3]) assert.ok('position' in (await granted(await resume(at)).commit(scene.announce)));
  assert.equal(kindOf(await resume(0)), 'not-found');
  assert.equal(scene.announced.length, 4);
});

test('an upload that gives way to another one gives it its room', async (context) => {
  const limits = { uploadsPerUser: 1, attachmentBytes: 10, attachmentBytesPerDay: 15 };
  const scene = await UploadScene.open(context, limits);
  const bytes = Buffer.from('0123456789');
  (await scene.begin(bytes)).letGo();
  await scene.begin(bytes);
});

test('a file of which a piece found no room is not announced, also when its commit came right behind', async (context) => {
  const scene = await UploadScene.open(context);
  const bytes = Buffer.alloc(5 * 1024 * 1024);
  const writer = await scene.begin(bytes);
  context.mock.method(scene.fileStore, 'freeBytes', async () => 0);
  const [written, committed] = [writer.write(0, bytes), writer.commit(scene.announce)];
  assert.equal(kindOf(await written), 'full');
  assert.equal(kindOf(await committed), 'not-found');
  assert.equal(scene.announced.length, 0);
});

test('an upload that ends before there is room for it takes none', async (context) => {
  const scene = await UploadScene.open(context, { attachmentBytes: 10, attachmentBytesPerDay: 15 });
  const looked = Promise.withResolvers<number>();
  context.mock.method(scene.fileStore, 'freeBytes', () => looked.promise);
  const bytes = Buffer.from('0123456789');
  const begun = scene.uploads.begin(alice, plan(bytes), sender);
  await scene.uploads.giveUpAll(alice);
  looked.resolve(1_000_000);
  assert.equal(kindOf(await begun), 'not-found');
  await scene.begin(bytes);
});

test('closing leaves nothing but what was announced, and no timer', async (context) => {
  const scene = await UploadScene.open(context);
  const bytes = Buffer.from('kept');
  const [kept, half] = [await scene.begin(bytes), await scene.begin(bytes)];
  await half.write(0, bytes.subarray(0, 2));
  await kept.write(0, bytes);
  await kept.commit(scene.announce);
  await scene.uploads.close();
  assert.deepEqual(await readdir(scene.folder), [kept.id]);
  assert.equal(scene.clock.pendingTimers, 0);
  assert.equal(kindOf(await half.write(2, bytes.subarray(2))), 'not-found');
  assert.equal(kindOf(await scene.uploads.begin(alice, plan(bytes), sender)), 'unavailable');
});
