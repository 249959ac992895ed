import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

const web = { origins: [], folder: '/nowhere' };

const upgrade = (...more: readonly string[]): string =>
  [
    ...['GET /chat HTTP/1.1', 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
    ...['Sec-WebSocket-Protocol: chat.1.1', ...more, '', ''],
  ].join('\r\n');

/** A frame of a client, whose mask is zero. `first`: FIN, RSV and the opcode. */
function frame(first: number, payload: Uint8Array = new Uint8Array()): Buffer {
  assert.ok(payload.length < 126);
  return Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
}

/** Sends `bytes`, and resolves with all that comes until the server ends or resets the connection. */
async function exchange(port: number, ...bytes: readonly (string | Uint8Array)[]): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1' });
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece)).on('error', () => {});
  for (const each of bytes) socket.write(each);
  await once(socket, 'close');
  return Buffer.concat(pieces);
}

/** The code with which a server closed a WebSocket: in the last frame of what it sent. */
function closeCode(received: Buffer): number {
  const at = received.lastIndexOf(0x88);
  assert.ok(at >= 0, `no close frame in ${received.toString('latin1')}`);
  return received.readUInt16BE(at + 2);
}

async function open(context: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  context.after(() => socket.destroy());
  socket.write(upgrade());
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 101 /);
  return socket;
}

describe('WebSockets of strangers', () => {
  test('what breaks the framing ends the connection, and others chat on', async (context) => {
    const server = await testServer(context, { web });
    const nc = await WireClient.register(context, server, 'carol');
    const long = Buffer.from([0x82, 0xff, ...[0, 0, 0, 0, 0x40, 0, 0, 0], ...[0, 0, 0, 0]]);
    const cases: readonly (readonly [string, number, Uint8Array])[] = [
      ['not masked', 1002, Buffer.from([0x82, 1, 65])],
      ['a reserved bit', 1002, frame(0xc2, Buffer.from('a'))],
      ['a reserved opcode', 1002, frame(0x83)],
      ['a fragmented ping', 1002, frame(0x09)],
      ['a continuation of nothing', 1002, frame(0x80, Buffer.from('a'))],
      ['a long ping', 1002, Buffer.from([0x89, 0xfe, 1, 0, 0, 0, 0, 0])],
      ['a close code that is none', 1002, frame(0x88, Buffer.from([3, 236]))],
      ['a message of a GiB', 1009, long],
      ['text', 1003, frame(0x81, Buffer.from('a'))],
      ['very many fragments', 1008, Buffer.concat([frame(0x02), ...Array(200_000).fill(frame(0x00))])],
    ];
    for (const [what, code, bytes] of cases)
      assert.equal(closeCode(await exchange(server.port, upgrade(), bytes)), code, what);
    const dave = await WireClient.register(context, server, 'dave');
    dave.send('hello @carol\n');
    assert.equal(await nc.line(), '@dave: hello @carol');
  });

  test('a request that is no proper one gets no WebSocket', async (context) => {
    const { port } = await testServer(context, { web });
    const refused = async (request: string): Promise<string> =>
      (await exchange(port, request)).toString('latin1').slice(0, 12);
    assert.equal(await refused(upgrade().replace(/Sec-WebSocket-Key.*\r\n/, '')), 'HTTP/1.1 400');
    assert.equal(await refused(upgrade().replace('Version: 13', 'Version: 7')), 'HTTP/1.1 400');
    assert.equal(await refused(upgrade().replace('GET', 'POST')), 'HTTP/1.1 405');
  });

  test('no compression is agreed on', async (context) => {
    const { port } = await testServer(context, { web, limits: { loginMs: 200 } });
    const offer = 'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover';
    const answer = (await exchange(port, upgrade(offer))).toString('latin1');
    assert.match(answer, /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(answer, /extensions/i);
  });

  test('pings whose answers nobody reads cost no memory', async (context) => {
    const { port } = await testServer(context, { web });
    const socket = await open(context, port);
    socket.pause();
    const pings = Buffer.concat(Array(10_000).fill(frame(0x89, Buffer.alloc(120))));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 20; i++) {
      if (!socket.write(pings)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
      assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024);
    }
  });

  test('parts of messages count among all that waits to be read: beyond the bound, long ones end theirs', async (context) => {
    const { port } = await testServer(context, { web, limits: { allInputsBytes: 300_000 } });
    const nc = await WireClient.register(context, { port }, 'carol');
    const flood = await Promise.all(['a', 'b', 'c'].map(() => open(context, port)));
    const ends = flood.map((socket) => once(socket.on('error', () => {}).resume(), 'close'));
    const begun = Buffer.concat([
      Buffer.from([0x82, 0xff, ...[0, 0, 0, 0, 0, 3, 0, 0], ...[0, 0, 0, 0]]),
      Buffer.alloc(150_000),
    ]);
    for (const socket of flood) socket.write(begun);
    await Promise.any(ends);
    assert.equal(await nc.ask('!list'), 'carol');
    for (const socket of flood) socket.destroy();
    const metrics = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';
    while (!(await exchange(port, metrics)).includes('\nearshot_input_bytes 0\n'));
  });
});
