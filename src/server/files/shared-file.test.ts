import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { SharedFile } from './shared-file.ts';

/** One reader: its position, and the pieces that must not have changed. */
class Reader {
  readonly #pieces: AsyncGenerator<Uint8Array, void>;
  readonly #bytes: Buffer;
  #position: number;
  #isOver = false;
  #held: { readonly piece: Uint8Array; readonly from: number }[] = [];

  constructor(pieces: AsyncGenerator<Uint8Array, void>, bytes: Buffer, from: number) {
    this.#pieces = pieces;
    this.#bytes = bytes;
    this.#position = from;
  }

  async next(): Promise<void> {
    // From this call on, the buffer of the piece before the last may be reused.
    this.#held = this.#held.slice(-1);
    const { value: piece, done } = await this.#pieces.next();
    if (done === true || piece === undefined) {
      if (!this.#isOver) assert.ok(this.#position >= this.#bytes.length, 'it ended too early');
      return;
    }
    this.#held.push({ piece, from: this.#position });
    this.#position += piece.length;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#pieces.return();
  }

  check(): void {
    for (const { piece, from } of this.#held)
      assert.deepEqual(Buffer.from(piece), this.#bytes.subarray(from, from + piece.length));
  }
}

test('readers at any pace get the file, and a piece is valid until the second one after it is requested', async (context) => {
  const path = join(await temporaryFolder(context), 'file');
  const bytes = randomBytes(30);
  await writeFile(path, bytes);
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const before = await open();
  // Several at once: each asks before the others are answered.
  const step = fc.oneof(
    fc.uniqueArray(fc.nat(3), { minLength: 1 }).map((readers) => ({ kind: 'next' as const, readers })),
    fc.nat(3).map((reader) => ({ kind: 'stop' as const, readers: [reader] })),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(0, 0, 4, 7), { minLength: 1, maxLength: 4 }),
      fc.array(step, { maxLength: 40 }),
      async (starts, steps) => {
        let isUsed = true;
        const file = new SharedFile(path, 4, () => {
          isUsed = false;
        });
        const readers = await Promise.all(
          starts.map(async (from) => new Reader(await file.read(from), bytes, from)),
        );
        for (const { kind, readers: numbers } of steps) {
          const these = numbers.flatMap((number) => readers[number] ?? []);
          await Promise.all(these.map((reader) => (kind === 'next' ? reader.next() : reader.stop())));
          for (const reader of readers) reader.check();
        }
        for (const reader of readers) await reader.stop();
        for (const reader of readers) reader.check();
        assert.equal(isUsed, false);
      },
    ),
  );
  assert.equal(await open(), before);
});

test('a reader that reaches a piece while another holds it gets the same bytes, not a copy', async (context) => {
  const path = join(await temporaryFolder(context), 'file');
  await writeFile(path, randomBytes(20));
  const file = new SharedFile(path, 8, () => {});
  const readers = [await file.read(0), await file.read(0)];
  const buffers = new Set<ArrayBufferLike | undefined>();
  for (const reader of readers) buffers.add((await reader.next()).value?.buffer);
  assert.equal(buffers.size, 1);
  for (const reader of readers) await reader.return();
});

test('a missing file is an error for each reader', async (context) => {
  const file = new SharedFile(join(await temporaryFolder(context), 'file'), 8, () => {});
  const outcomes = await Promise.allSettled([file.read(0), file.read(0)]);
  for (const outcome of outcomes) {
    assert.equal(outcome.status === 'rejected' && outcome.reason.code, 'ENOENT');
  }
});
