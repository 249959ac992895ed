import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import type { ChatAttachment, FileContent } from '../../src/client/client.ts';
import { FileError, LostError } from '../../src/client/errors.ts';
import { connect } from '../../src/client-node/connect.ts';
import { closing, next } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { testServer } from '../support/server.ts';

const at = ({ port }: { readonly port: number }) => ({ host: '127.0.0.1', port });
const quiet = { stateFolder: false, random: () => 0 } as const;
const everybody = { terms: ['files'] } as const;

/** Bytes of which no two places look alike. */
const content = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31 + (i >> 8) * 7) & 255);

async function* pieces(size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

/** Alice behind a wire that can be cut, and bob who follows `files`. */
async function scene(t: TestContext) {
  const server = await testServer(t);
  const proxy = await CuttingProxy.open(t, server.port);
  const alice = closing(t, await connect(at(proxy), { ...quiet, name: 'alice' }));
  const bob = closing(t, await connect(at(server), { ...quiet, name: 'bob', follow: ['files'] }));
  return { server, proxy, alice, bob };
}

/** Alice attaches the content; resolves with what bob hears of it. */
async function attached(
  t: TestContext,
): Promise<{ readonly file: ChatAttachment } & Awaited<ReturnType<typeof scene>>> {
  const all = await scene(t);
  const announced = next(all.bob, 'attachment');
  await all.alice.attach({ name: 'content.bin', content }, everybody);
  return { ...all, file: await announced };
}

describe('a file that is attached', () => {
  const sha256 = createHash('sha256').update(content).digest('hex');
  let opened = 0;
  const kinds: Readonly<Record<string, () => FileContent>> = {
    'is in memory': () => ({ name: 'a.bin', content }),
    'is a blob': () => ({ name: 'a.bin', content: new Blob([content]) }),
    'is a stream of Node': () => ({ name: 'a.bin', content: Readable.from(pieces(10_000)) }),
    'is a stream of the web': () => ({ name: 'a.bin', content: new Blob([content]).stream() }),
    'is a stream that can only be read by a reader': () => {
      const stream = new Blob([content]).stream();
      return { name: 'a.bin', content: { getReader: () => stream.getReader() } };
    },
    'can be opened again': () => ({
      name: 'a.bin',
      size: content.length,
      open: () => {
        opened += 1;
        return pieces(70_001);
      },
    }),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    it(`${kind}, and arrives whole through a broken connection`, async (t) => {
      const { alice, bob, proxy } = await scene(t);
      const announced = next(bob, 'attachment');
      void proxy.cut(500_000, 'client');
      const sent = await alice.attach(make(), everybody);
      assert.equal(sent.sha256, sha256);
      assert.ok(proxy.connections > 1, 'the connection broke');
      assert.deepEqual(Buffer.from(await bob.fetchBytes(await announced)), Buffer.from(content));
    });
  }

  it('was opened once for its hash, once to send it, and again when the connection broke', () => {
    assert.equal(opened, 3);
  });

  it('is refused when it is no file, with a reason', async (t) => {
    const { alice } = await scene(t);
    const wrong: readonly [FileContent, RegExp][] = [
      [{ name: '../x', content }, /"\.\.\/x" cannot be attached: its name must not have a folder/],
      [{ name: 'x', size: 2_000_000, open: () => pieces(1_000) }, /became shorter/],
      [{ name: 'x', size: 1, open: () => Promise.reject(new Error('no such row')) }, /no such row/],
      [
        { name: 'x', content: Readable.from(Array(17).fill(new Uint8Array(1024 * 1024))) },
        /more than 16777216 bytes/,
      ],
    ];
    for (const [file, reason] of wrong) {
      await assert.rejects(
        alice.attach(file, everybody),
        (error) => error instanceof FileError && reason.test(error.message),
      );
    }
  });
});

describe('a file that is fetched', () => {
  it('is read as it comes, while its reader asks the server for something', async (t) => {
    const { alice, bob, file } = await attached(t);
    const bytes: Uint8Array[] = [];
    for await (const piece of bob.fetchStream(file)) {
      bytes.push(piece);
      if (bytes.length % 5 === 1) assert.deepEqual(await bob.list(), ['alice', 'bob']);
    }
    assert.deepEqual(Buffer.concat(bytes), Buffer.from(content));
    assert.ok(alice.isGuest);
  });

  it('goes on through a broken connection, and another one after the loop was left', async (t) => {
    const { alice, proxy, file } = await attached(t);
    for await (const piece of alice.fetchStream(file)) {
      assert.ok(piece.length > 0);
      break;
    }
    void proxy.cut(400_000, 'server');
    const seen: number[] = [];
    const fetched = await alice.fetchBytes(file, { onProgress: (done) => seen.push(done) });
    assert.deepEqual(Buffer.from(fetched), Buffer.from(content));
    assert.equal(seen.at(-1), content.length);
  });

  it('is not taken into memory when it is larger than is wanted', async (t) => {
    const { bob, file } = await attached(t);
    await assert.rejects(
      bob.fetchBytes(file, { maxBytes: 999_999 }),
      /has 1000000 bytes, and at most 999999 are wanted/,
    );
  });

  it('throws at its end when it is not what was announced, by whichever method', async (t) => {
    const { bob, file } = await attached(t);
    const other = { ...file, bytes: file.bytes, sha256: '0'.repeat(64) };
    await assert.rejects(bob.fetchBytes(other), FileError);
    await assert.rejects(async () => {
      for await (const piece of bob.fetchStream(other)) assert.ok(piece.length > 0);
    }, FileError);
  });

  it('ends with the client, and with its signal, also while nobody reads on', async (t) => {
    const { bob, file } = await attached(t);
    const leaving = new AbortController();
    const first = bob.fetchStream(file, { signal: leaving.signal });
    assert.equal((await first.next()).done, false);
    leaving.abort(new Error('enough'));
    const rest = async (stream: AsyncIterable<Uint8Array>) => {
      for await (const piece of stream) assert.ok(piece.length > 0);
    };
    await assert.rejects(rest(first), /enough/);
    const second = bob.fetchStream(file);
    assert.equal((await second.next()).done, false);
    await bob.close();
    await assert.rejects(rest(second), LostError);
  });
});
