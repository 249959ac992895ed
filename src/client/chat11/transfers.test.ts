import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { closing } from '../../../tests/support/client-events.ts';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { type StandInPeer, startChat11StandIn } from '../../../tests/support/stand-in-chat11.ts';
import { connect } from '../../client-node/connect.ts';
import type { Request } from '../../protocol/chat11/request.ts';
import type { ConnectOptions } from '../client.ts';
import { LostError, RefusedError } from '../errors.ts';
import type { FileSink } from '../file-streams.ts';
import type { HostFiles } from '../host.ts';
import { Transfers } from './transfers.ts';

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const note = Buffer.from('note');
const sha256 = sha256Of(note);
const file = { name: 'note.txt', content: note };
const audience = { terms: ['apple'] };
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A client whose server does with each request, the n-th of its kind, what `script` says. */
async function started(
  t: TestContext,
  script: (what: string, peer: StandInPeer, request: Request) => boolean,
  more: Pick<ConnectOptions, 'password'> = {},
) {
  const counts = new Map<string, number>();
  const server = await startChat11StandIn(t, (request, peer) => {
    const count = (counts.get(request.kind) ?? 0) + 1;
    counts.set(request.kind, count);
    return script(`${request.kind} ${count}`, peer, request);
  });
  const clock = new FakeClock();
  const options = { name: 'alice', stateFolder: false, random: () => 0, clock, ...more } as const;
  const client = closing(t, await connect(server.address, options));
  /** Waits until the client waits for `ms`, and lets them pass. */
  const pass = async (ms: number) => {
    while (!clock.isAwaitedWithin(ms)) await turn();
    clock.advance(ms);
  };
  const told = () =>
    server.requests.flatMap((request) => {
      if (request.kind === 'attach') return [`attach ${request.upload}`];
      if (request.kind === 'data') return [`data ${request.offset}`];
      return request.kind === 'commit' ? [`commit ${request.upload}`] : [];
    });
  return { server, clock, client, pass, told };
}

const begun = (peer: StandInPeer, upload: string) => peer.answer({ kind: 'attach', upload, offset: 0 });
const committed = (peer: StandInPeer) => peer.answer({ kind: 'commit', position: 7, reached: 1, sha256 });

const refusedWith = (code: number) => (error: unknown) =>
  error instanceof RefusedError && error.code === code;

describe('an upload', () => {
  it('waits out a refusal for now, of each of its requests, and sends its bytes again', async (t) => {
    const { client, pass, told } = await started(t, (what, peer) => {
      if (what === 'attach 1') peer.refuse(429, 1);
      else if (what.startsWith('attach')) begun(peer, 'u1');
      else if (what === 'data 1') peer.refuseData(503, 'u1');
      else if (what === 'commit 1') peer.refuse(404);
      else if (what === 'commit 2') peer.refuse(507, 1);
      else if (what === 'commit 3') committed(peer);
      else return !what.startsWith('data');
      return false;
    });
    const sent = client.attach(file, audience);
    for (let wait = 0; wait < 3; wait++) await pass(1_000);
    assert.deepEqual(await sent, { position: 7, reached: 1, sha256 });
    assert.deepEqual(told(), [
      'attach undefined',
      'attach undefined',
      ...['data 0', 'commit u1', 'attach u1'],
      ...['data 0', 'commit u1', 'attach u1'],
      ...['data 0', 'commit u1'],
    ]);
  });

  it('leaves a longer wait to people, and tells why its bytes were refused', async (t) => {
    const { client } = await started(t, (what, peer) => {
      if (what.startsWith('attach')) begun(peer, 'u1');
      else if (what === 'commit 1') peer.refuse(507, 3_600);
      else if (what === 'data 2') {
        peer.refuseData(409, 'u9');
        peer.refuseData(413, 'u1');
      } else if (what === 'commit 2') peer.refuse(404);
      else return !what.startsWith('data');
      return false;
    });
    await assert.rejects(client.attach(file, audience), refusedWith(507));
    await assert.rejects(client.attach(file, audience), refusedWith(413));
  });

  it('does not take the refusal of the bytes of another upload for its own', async (t) => {
    const { client } = await started(t, (what, peer) => {
      if (what.startsWith('attach')) begun(peer, 'u1');
      else if (what === 'data 1') peer.refuseData(413, 'u9');
      else if (what === 'commit 1') peer.refuse(409);
      else return !what.startsWith('data');
      return false;
    });
    await assert.rejects(client.attach(file, audience), refusedWith(409));
  });

  it('begins anew where the server has forgotten it', async (t) => {
    const { client, pass, told } = await started(t, (what, peer) => {
      if (what === 'attach 1') begun(peer, 'u1');
      else if (what === 'commit 1') peer.refuse(503, 1);
      else if (what === 'attach 2') peer.refuse(404);
      else if (what === 'attach 3') begun(peer, 'u2');
      else if (what === 'commit 2') committed(peer);
      else return !what.startsWith('data');
      return false;
    });
    const sent = client.attach(file, audience);
    await pass(1_000);
    await sent;
    assert.deepEqual(told(), [
      ...['attach undefined', 'data 0', 'commit u1'],
      ...['attach u1', 'attach undefined', 'data 0', 'commit u2'],
    ]);
  });

  it('is begun anew by an account, whose announced files a server that restarted would know', async (t) => {
    const script: Parameters<typeof started>[1] = (what, peer) => {
      if (what === 'attach 1') begun(peer, 'u1');
      else if (what === 'commit 1') peer.cut();
      else if (what === 'attach 2') peer.refuse(404);
      else if (what === 'attach 3') begun(peer, 'u2');
      else if (what === 'commit 2') committed(peer);
      else return !what.startsWith('data');
      return false;
    };
    const { client, pass, told } = await started(t, script, { password: 'correct-horse' });
    const sent = client.attach(file, audience);
    await pass(0);
    assert.equal((await sent).position, 7);
    assert.deepEqual(told(), [
      ...['attach undefined', 'data 0', 'commit u1'],
      ...['attach u1', 'attach undefined', 'data 0', 'commit u2'],
    ]);
  });

  it('is not begun anew by a guest when it may be announced already', async (t) => {
    const { client, pass, told } = await started(t, (what, peer) => {
      if (what === 'attach 1') begun(peer, 'u1');
      else if (what === 'commit 1') peer.cut();
      else if (what === 'attach 2') peer.refuse(404);
      else return !what.startsWith('data');
      return false;
    });
    const sent = client.attach(file, audience);
    sent.catch(() => {});
    await pass(0);
    await assert.rejects(sent, (error) => error instanceof LostError && error.reason === 'unknown');
    assert.deepEqual(told(), ['attach undefined', 'data 0', 'commit u1', 'attach u1']);
  });

  it('waits for the one before it, also when one between them is cancelled', async (t) => {
    const doors: (() => void)[] = [];
    const { server, client, told } = await started(t, (what, peer) => {
      if (what.startsWith('attach')) begun(peer, what.replace('attach ', 'u'));
      else if (what.startsWith('commit')) doors.push(() => committed(peer));
      else if (what === 'list 1') doors.push(() => peer.answer({ kind: 'list', names: [] }));
      else return !what.startsWith('data');
      return false;
    });
    const cancelled = new AbortController();
    const first = client.attach(file, audience);
    const second = client.attach(file, audience, { signal: cancelled.signal });
    const third = client.attach(file, audience);
    await server.until(() => doors.length === 1);
    cancelled.abort(new Error('never mind'));
    await assert.rejects(second, /never mind/);
    for (let look = 0; look < 5; look++) await turn();
    const listed = client.list();
    await server.until(() => doors.length === 2);
    assert.equal(told().filter((what) => what.startsWith('attach')).length, 1);
    for (const open of doors) open();
    await Promise.all([first, listed]);
    await server.until(() => doors.length === 3);
    doors[2]?.();
    await third;
  });
});

describe('a download', () => {
  const attached = { id: 'f1', name: 'note.txt', bytes: note.length, sha256 };

  it('takes the bytes that it lacks, of its own file, and no others', async (t) => {
    const { client } = await started(t, (what, peer) => {
      if (what !== 'fetch 1') return true;
      const data = (attachment: string, offset: number, piece: string) =>
        peer.tell({ kind: 'data', attachment, offset, piece: Buffer.from(piece) });
      data('f1', 2, 'te');
      peer.answer({ kind: 'fetch', bytes: note.length, sha256 });
      data('f9', 0, 'xx');
      data('f1', 0, 'no');
      data('f1', 0, 'no');
      data('f9', 2, 'xx');
      data('f1', 2, 'te');
      return false;
    });
    assert.equal(Buffer.from(await client.fetchBytes(attached, { maxBytes: 4 })).toString(), 'note');
  });

  it('rejects what is no attachment', async (t) => {
    const { client } = await started(t, () => true);
    for (const wrong of [{}, { ...attached, bytes: Number.NaN }, { ...attached, id: undefined }]) {
      const attachment = wrong as unknown as typeof attached;
      await assert.rejects(client.fetchBytes(attachment), TypeError);
      await assert.rejects(client.fetch(attachment, '/'), TypeError);
      await assert.rejects(client.fetchStream(attachment).next(), TypeError);
    }
  });

  it('writes nothing any more when all are settled', async () => {
    const files = { sha256: () => ({ update() {}, hex: () => '' }) } as unknown as HostFiles;
    const transfers = new Transfers(new FakeClock(), files, () => true);
    const removed = Promise.withResolvers<void>();
    const sink: FileSink = {
      write: async () => {},
      finish: async () => {},
      abandon: () => removed.promise,
    };
    const fetched = transfers.fetch(attached, async () => sink, {});
    await turn();
    transfers.end('closed');
    const order: string[] = [];
    const settled = transfers.settled().then(() => order.push('settled'));
    await turn();
    order.push('removed');
    removed.resolve();
    await settled;
    assert.deepEqual(order, ['removed', 'settled']);
    await assert.rejects(fetched, LostError);
  });

  it('asks for no more than 512 KiB that its reader has not taken', async (t) => {
    const partBytes = 256 * 1024;
    const whole = Buffer.alloc(6 * partBytes, 'x');
    const { server, client } = await started(t, (_, peer, request) => {
      if (request.kind !== 'fetch') return true;
      const { offset = 0, length = 0 } = request;
      peer.answer({ kind: 'fetch', bytes: whole.length, sha256: sha256Of(whole) });
      for (let at = offset; at < offset + length; at += 65_536) {
        peer.tell({ kind: 'data', attachment: 'f1', offset: at, piece: whole.subarray(at, at + 65_536) });
      }
      return false;
    });
    const big = { ...attached, bytes: whole.length, sha256: sha256Of(whole) };
    let size = 0;
    for await (const chunk of client.fetchStream(big)) {
      const before = size;
      size += chunk.length;
      if (before > 0) continue;
      for (let look = 0; look < 3; look++) await client.list();
      const fetches = server.kinds().filter((kind) => kind === 'fetch').length;
      assert.ok(fetches <= 2, `${fetches} parts`);
    }
    assert.equal(size, whole.length);
  });
});
