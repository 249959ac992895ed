import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ChatAttachment, Client } from '../../src/client/client.ts';
import { FileError, LostError, RefusedError } from '../../src/client/errors.ts';
import { connect } from '../../src/client-node/connect.ts';
import { wireLimits } from '../../src/protocol/limits.ts';
import { closing, next, recorded } from '../support/client-events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { testServer } from '../support/server.ts';
import { admitted, startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { pieceBytes } = wireLimits;
const guest = { stateFolder: false, random: () => 0 } as const;
const at = ({ port }: { readonly port: number }) => ({ host: '127.0.0.1', port });
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A file that somebody announced without there being one. */
const announced = (bytes: Uint8Array): Pick<ChatAttachment, 'id' | 'name' | 'bytes' | 'sha256'> => ({
  id: 'f1',
  name: 'note.txt',
  bytes: bytes.length,
  sha256: sha256Of(bytes),
});

/** A stand-in that gives `bytes` for any file. */
function giving(bytes: Uint8Array, claimed = announced(bytes)): Parameters<typeof startChat11StandIn>[1] {
  return (request, peer) => {
    if (request.kind !== 'fetch') return true;
    peer.answer({ kind: 'fetch', bytes: claimed.bytes, sha256: claimed.sha256 });
    peer.tell({ kind: 'data', attachment: 'f1', offset: 0, piece: bytes });
    return false;
  };
}

describe('files of the client library', () => {
  it('go one after the other, with texts between their pieces', async (t) => {
    const server = await testServer(t);
    const folder = await temporaryFolder(t);
    const alice = closing(t, await connect(at(server), { ...guest, name: 'alice' }));
    const bob = closing(t, await connect(at(server), { ...guest, name: 'bob' }));
    const order: string[] = [];
    bob.on('message', ({ text }) => order.push(text)).on('attachment', ({ name }) => order.push(name));
    const files = ['one', 'two', 'three'].map((name) => join(folder, name));
    for (const file of files) await writeFile(file, randomBytes(1024 * 1024));
    await writeFile(join(folder, 'empty'), '');
    const sending = [...files, join(folder, 'empty')].map((file) => alice.attach(file, { to: 'bob' }));
    const said = alice.sendTo('bob', 'hello').then(() => order.length);
    assert.ok((await said) <= 1, 'a text waits for no file');
    await Promise.all(sending);
    await bob.list();
    assert.deepEqual(
      order.filter((one) => one !== 'hello'),
      ['one', 'two', 'three', 'empty'],
    );
  });

  it('are refused with a reason', async (t) => {
    const server = await testServer(t);
    const folder = await temporaryFolder(t);
    const alice = closing(t, await connect(at(server), { ...guest, name: 'alice' }));
    const path = join(folder, 'note.txt');
    await writeFile(path, 'x');
    const problem = async (attempt: Promise<unknown>) =>
      attempt.then(
        () => 'none',
        (error: unknown) =>
          error instanceof FileError || error instanceof RefusedError ? error.message : error,
      );
    const attach = (file: string, audience: Parameters<Client['attach']>[1] = { terms: ['apple'] }) =>
      problem(alice.attach(file, audience));
    assert.match(String(await attach(join(folder, 'none'))), /cannot be attached: no such file/);
    assert.match(String(await attach(folder)), /cannot be attached: it is a folder/);
    assert.match(String(await attach(path, { terms: [] })), /needs a term/);
    assert.match(String(await attach(path, { to: 'no name' })), /no user name/);
    assert.equal(await attach(path, { to: 'nobody' }), 'Nobody has the name nobody (404)');
    const unknown = announced(Buffer.from('x'));
    assert.equal(await problem(alice.fetch(unknown, folder)), 'Not found (404)');
    assert.match(
      String(await problem(alice.fetch(unknown, path))),
      /cannot be saved in .*: it is not a folder/,
    );
    assert.deepEqual(await readdir(folder), ['note.txt']);
  });

  it('are not kept when they are not what was announced', async (t) => {
    const folder = await temporaryFolder(t);
    const real = Buffer.from('17 characters, LF');
    const other = Buffer.from('17 characters, lf');
    const longer = Buffer.from('17 characters, LF and more');
    const cases: readonly [Parameters<typeof startChat11StandIn>[1], RegExp][] = [
      [giving(other, announced(real)), /its bytes are not those that were announced/],
      [giving(longer, announced(real)), /more bytes came than were announced/],
      [giving(other), /the server has another file under that id/],
    ];
    for (const [script, words] of cases) {
      const server = await startChat11StandIn(t, script);
      const client = closing(t, await connect(server.address, { ...guest, name: 'alice' }));
      await assert.rejects(client.fetch(announced(real), folder), (error) => {
        return error instanceof FileError && words.test(error.message);
      });
    }
    assert.deepEqual(await readdir(folder), []);
  });

  it('ask for the next bytes while the ones before them come', async (t) => {
    const folder = await temporaryFolder(t);
    const content = randomBytes(600 * 1024);
    const { bytes, sha256 } = announced(content);
    const asked: { readonly offset: number; readonly end: number }[] = [];
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind !== 'fetch') return true;
      peer.answer({ kind: 'fetch', bytes, sha256 });
      const { offset = 0, length = bytes } = request;
      asked.push({ offset, end: offset + length });
      // Nothing comes before the second request.
      if (asked.length === 1) return false;
      for (const part of asked.slice(asked.length === 2 ? 0 : -1)) {
        for (let at = part.offset; at < part.end; at += pieceBytes) {
          const piece = content.subarray(at, Math.min(part.end, at + pieceBytes));
          peer.tell({ kind: 'data', attachment: 'f1', offset: at, piece });
        }
      }
      return false;
    });
    const client = closing(t, await connect(server.address, { ...guest, name: 'alice' }));
    const name = await client.fetch(announced(content), folder);
    assert.deepEqual(await readFile(join(folder, name)), content);
    assert.ok(asked.length > 2);
    for (const [at, { offset }] of asked.entries()) assert.equal(offset, asked[at - 1]?.end ?? 0);
  });

  it('are broken off by a signal, and by the end of the client', async (t) => {
    const folder = await temporaryFolder(t);
    const content = Buffer.from('never comes');
    const server = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind !== 'fetch') return true;
      peer.answer({ kind: 'fetch', bytes: content.length, sha256: sha256Of(content) });
      return false;
    });
    const client = closing(t, await connect(server.address, { ...guest, name: 'alice' }));
    const stop = new AbortController();
    const fetching = client.fetch(announced(content), folder, { signal: stop.signal });
    await server.until(() => server.kinds().includes('fetch'));
    stop.abort(new Error('enough'));
    await assert.rejects(fetching, /enough/);
    const second = client.fetch(announced(content), folder);
    await server.until(() => server.kinds().filter((kind) => kind === 'fetch').length === 2);
    await Promise.all([
      assert.rejects(second, (error) => error instanceof LostError && error.reason === 'closed'),
      client.close(),
    ]);
    assert.deepEqual(await readdir(folder), []);
  });

  it('may be announced or not when the client is closed before the answer', async (t) => {
    const path = join(await temporaryFolder(t), 'note.txt');
    await writeFile(path, 'x');
    const server = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind === 'attach') peer.answer({ kind: 'attach', upload: 'u1', offset: 0 });
      return kind !== 'attach' && kind !== 'data' && kind !== 'commit';
    });
    const client = closing(t, await connect(server.address, { ...guest, name: 'alice' }));
    const sending = client.attach(path, { to: 'bob' });
    await server.until(() => server.kinds().includes('commit'));
    const waiting = client.attach(path, { to: 'bob' });
    const lost = (reason: string) => (error: unknown) =>
      error instanceof LostError && error.reason === reason;
    await Promise.all([
      assert.rejects(sending, lost('unknown')),
      assert.rejects(waiting, lost('closed')),
      client.close(),
    ]);
  });

  it('let the client ask for a sign of life while their bytes leave', async (t) => {
    const clock = new FakeClock();
    const folder = await temporaryFolder(t);
    const path = join(folder, 'long.bin');
    const content = randomBytes(512 * 1024);
    await writeFile(path, content);
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind === 'attach') peer.answer({ kind: 'attach', upload: 'u1', offset: 0 });
      else if (request.kind === 'commit') {
        peer.answer({ kind: 'commit', position: 1, reached: 0, sha256: sha256Of(content) });
      } else return request.kind !== 'data';
      return false;
    });
    const client = closing(t, await connect(server.address, { ...guest, name: 'alice', clock }));
    await client.list();
    let pieces = 0;
    // A slow connection: nothing is heard for a minute, though something is said every half.
    const onProgress = (): void => {
      pieces += 1;
      if (pieces <= 2) clock.advance(30_000);
    };
    await client.attach(path, { to: 'bob' }, { onProgress });
    assert.equal(pieces, 8);
    assert.deepEqual(
      server.kinds().filter((kind) => kind !== 'data'),
      ['ping', 'register', 'follows', 'list', 'attach', 'ping', 'commit'],
    );
  });

  it('are not heard by who sent them when the connection broke before the answer', async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'note.txt');
    await writeFile(path, 'x');
    const sha256 = sha256Of(Buffer.from('x'));
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind === 'login') {
        peer.answer({ kind: 'login', ...admitted, position: 2 });
        const said = { from: 'alice', to: 'bob', timeMs: 0 };
        peer.tell({
          kind: 'attachment',
          position: 1,
          ...said,
          attachment: 'f1',
          name: 'note.txt',
          bytes: 1,
          sha256,
        });
        peer.tell({ kind: 'message', position: 2, from: 'bob', timeMs: 0, text: 'thank you' });
        peer.tell({ kind: 'caught-up', matched: 2, of: 2 });
      } else if (request.kind === 'attach') {
        peer.answer({ kind: 'attach', upload: 'u1', offset: server.connections === 1 ? 0 : 1 });
      } else if (request.kind === 'commit' && server.connections === 1) peer.cut();
      else if (request.kind === 'commit') peer.answer({ kind: 'commit', position: 1, reached: 0, sha256 });
      else return request.kind !== 'data';
      return false;
    });
    const client = closing(t, await connect(server.address, { ...guest, name: 'alice' }));
    const events = recorded(client);
    const caughtUp = next(client, 'caught-up');
    const { position } = await client.attach(path, { to: 'bob' });
    await caughtUp;
    assert.equal(position, 1);
    assert.deepEqual(events.slice(1), ['resumed', 'bob: thank you', 'caught up, 2 of 2']);
    assert.equal(client.position, 2);
  });

  it('are broken off by a listener that throws, and nothing else is', async (t) => {
    const folder = await temporaryFolder(t);
    const content = Buffer.from('17 characters, LF');
    const server = await startChat11StandIn(t, giving(content));
    const client = closing(t, await connect(server.address, { ...guest, name: 'alice' }));
    const onProgress = (): void => {
      throw new Error('a bug of the listener');
    };
    await assert.rejects(client.fetch(announced(content), folder, { onProgress }), /a bug of the listener/);
    assert.deepEqual(await readdir(folder), []);
    assert.equal(await client.fetch(announced(content), folder), 'note.txt');
    assert.deepEqual([client.state, server.connections], ['online', 1]);
  });

  it('are broken off by a signal while they wait for their turn', async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'note.txt');
    await writeFile(path, 'x');
    const server = await startChat11StandIn(t, ({ kind }) => kind !== 'fetch' && kind !== 'attach');
    const client = closing(t, await connect(server.address, { ...guest, name: 'alice' }));
    const content = Buffer.from('never comes');
    const hanging = Promise.allSettled([
      client.fetch(announced(content), folder),
      client.attach(path, { to: 'bob' }),
    ]);
    await server.until(() => server.kinds().includes('fetch') && server.kinds().includes('attach'));
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(client.fetch(announced(content), folder, { signal }), /enough/);
    await assert.rejects(client.attach(path, { to: 'bob' }, { signal }), /enough/);
    await client.close();
    for (const { status } of await hanging) assert.equal(status, 'rejected');
  });

  it('leave nothing half once the client is closed, without a connection too', async (t) => {
    const folder = await temporaryFolder(t);
    const server = await startChat11StandIn(t, ({ kind }) => kind !== 'fetch');
    const client = await connect(server.address, { ...guest, name: 'alice', random: () => 1 });
    const fetching = client.fetch(announced(Buffer.from('never comes')), folder);
    await server.until(() => server.kinds().includes('fetch'));
    assert.equal((await readdir(folder)).length, 1);
    const offline = next(client, 'offline');
    server.peers.at(-1)?.cut();
    await offline;
    const left = client.close().then(() => readdirSync(folder));
    await assert.rejects(fetching, LostError);
    assert.deepEqual(await left, []);
  });
});
