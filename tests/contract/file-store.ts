import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import type { FileStore, FileUpload } from '../../src/server/files/file-store.ts';

/** Opens one storage, empty at first; a second `open` sees what a restarted server would see. */
export type OpenFileStore = () => Promise<FileStore>;

/** Proves an implementation of `FileStore`. `create` is called for each test, and cleans up with it. */
export function testFileStore(name: string, create: (test: TestContext) => Promise<OpenFileStore>): void {
  describe(name, () => {
    testUploads(create);
    testReading(create);
    testRemoving(create);
  });
}

/** The bytes of a file; undefined when there is no such file. */
export async function bytesOf(store: FileStore, id: string, from?: number): Promise<Buffer | undefined> {
  const pieces = await store.read(id, from);
  if (pieces === undefined) return undefined;
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

/** Stores a file and returns its upload. */
export async function storeFile(store: FileStore, bytes: Uint8Array): Promise<FileUpload> {
  const upload = store.begin();
  await upload.write(bytes);
  await upload.finish();
  return upload;
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function testUploads(create: (test: TestContext) => Promise<OpenFileStore>): void {
  it('gives a finished file back as it was written, with its length and hash, also after a restart', async (test) => {
    const open = await create(test);
    const store = await open();
    const stored = new Map<string, Buffer>();
    for (const size of [0, 1, 128 * 1024, 1_000_003]) {
      const bytes = randomBytes(size);
      const upload = store.begin();
      assert.match(upload.id, /^[0-9a-f]{32}$/);
      for (let at = 0; at < size; at += 70_000) await upload.write(bytes.subarray(at, at + 70_000));
      assert.deepEqual(await upload.finish(), { bytes: size, sha256: sha256Of(bytes) });
      assert.equal(upload.failure, undefined);
      stored.set(upload.id, bytes);
    }
    assert.equal(stored.size, 4);
    const reopened = await open();
    for (const [id, bytes] of stored) {
      assert.deepEqual(await bytesOf(store, id), bytes);
      assert.deepEqual(await bytesOf(reopened, id), bytes);
    }
  });

  it('has no file before it is finished, nor after its upload was aborted', async (test) => {
    const open = await create(test);
    const store = await open();
    const unfinished = store.begin();
    await unfinished.write(Buffer.from('half'));
    assert.equal(await bytesOf(store, unfinished.id), undefined);
    const reopened = await open();
    assert.equal(await bytesOf(reopened, unfinished.id), undefined);
    await unfinished.abort();
    const finished = await storeFile(store, Buffer.from('whole'));
    await finished.abort();
    assert.equal(await bytesOf(store, finished.id), undefined);
  });

  it('takes writes after an abort or a failure, and finishes neither', async (test) => {
    const store = await (await create(test))();
    const upload = store.begin();
    const writes = [upload.write(randomBytes(1000)), upload.write(randomBytes(1000))];
    await upload.abort();
    await Promise.all(writes);
    await upload.write(randomBytes(1000));
    assert.ok(upload.failure instanceof Error);
    await assert.rejects(upload.finish());
    assert.equal(await bytesOf(store, upload.id), undefined);
  });

  it('takes pieces while it writes others, and holds a bounded number of bytes', async (test) => {
    const store = await (await create(test))();
    const bytes = randomBytes(3_000_001);
    const upload = store.begin();
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
    assert.equal((await upload.finish()).sha256, sha256Of(bytes));
    assert.equal(held, 0);
    assert.deepEqual(await bytesOf(store, upload.id), bytes);
  });
}

function testReading(create: (test: TestContext) => Promise<OpenFileStore>): void {
  it('reads from any byte on, in pieces of the length that is asked for', async (test) => {
    const store = await (await create(test))();
    const bytes = randomBytes(300_000);
    const { id } = await storeFile(store, bytes);
    for (const from of [0, 1, 128 * 1024, 299_999, 300_000, 300_001, 2 ** 40]) {
      assert.deepEqual(await bytesOf(store, id, from), bytes.subarray(from));
    }
    const lengths: number[] = [];
    for await (const piece of (await store.read(id, 50_000, 100_000)) ?? []) lengths.push(piece.length);
    assert.deepEqual(lengths, [100_000, 100_000, 50_000]);
  });

  it('lets a reader keep a piece until it asks for the next but one, beside readers of any pace', async (test) => {
    const store = await (await create(test))();
    const bytes = randomBytes(40_000);
    const { id } = await storeFile(store, bytes);
    const readers = [0, 0, 0, 1000].map((from) => ({ from, at: from, before: Buffer.alloc(0) }));
    const pieces = await Promise.all(readers.map(({ from }) => store.read(id, from, 1000)));
    // Reader n advances in every (n + 1)th round.
    for (let round = 0; readers.some(({ at }) => at < bytes.length); round++) {
      for (const [index, reader] of readers.entries()) {
        if (round % (index + 1) !== 0) continue;
        const next = await pieces[index]?.next();
        if (next === undefined || next.done === true) continue;
        const piece = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length);
        const start = reader.at - reader.before.length;
        assert.deepEqual(reader.before, bytes.subarray(start, reader.at));
        assert.deepEqual(piece, bytes.subarray(reader.at, reader.at + piece.length));
        reader.before = piece;
        reader.at += piece.length;
      }
    }
    for (const each of pieces) await each?.return();
  });

  it('knows how much room there is', async (test) => {
    const store = await (await create(test))();
    assert.ok((await store.freeBytes()) > 0);
  });
}

function testRemoving(create: (test: TestContext) => Promise<OpenFileStore>): void {
  it('removes the file that is named, and minds no missing one', async (test) => {
    const store = await (await create(test))();
    const [gone, kept] = [await storeFile(store, Buffer.from('a')), await storeFile(store, Buffer.from('b'))];
    await store.remove(gone.id);
    await store.remove(gone.id);
    assert.equal(await store.read(gone.id), undefined);
    assert.deepEqual(await bytesOf(store, kept.id), Buffer.from('b'));
  });

  it('removes files by the time of their finish, and no upload under way', async (test) => {
    const store = await (await create(test))();
    const { id } = await storeFile(store, Buffer.from('a'));
    const underWay = store.begin();
    await underWay.write(Buffer.from('b'));
    const hourMs = 3_600_000;
    assert.equal(await store.removeOlderThan(Date.now() - hourMs), 0);
    assert.deepEqual(await bytesOf(store, id), Buffer.from('a'));
    assert.equal(await store.removeOlderThan(Date.now() + hourMs), 1);
    assert.equal(await bytesOf(store, id), undefined);
    await underWay.finish();
    assert.deepEqual(await bytesOf(store, underWay.id), Buffer.from('b'));
  });
}
