import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { WebSocket as NodeSocket } from 'ws';
import { connect } from '../../src/library.ts';
import { dialWeb } from '../../src/web/host/dial.ts';
import { closing, next } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { adminDone } from '../support/operator.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const noPage = { origins: [], folder: '/nowhere' };

const webClient = async (context: TestContext, port: number, name: string, follow: readonly string[] = []) =>
  closing(
    context,
    await connect(
      { scheme: 'ws', host: '127.0.0.1', port },
      { name, follow, stateFolder: false, dial: dialWeb },
    ),
  );

interface Answered {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

function get(port: number, target: string, headers: Record<string, string> = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: target, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }),
      );
    });
    asked.on('error', reject).end();
  });
}

/** Asks for a WebSocket; resolves with the status of a refusal, or 101. */
function upgrade(
  port: number,
  { target = '/chat', protocols = ['chat.1.1'], ...headers }: Record<string, unknown> = {},
): Promise<number | undefined> {
  const socket = new NodeSocket(`ws://127.0.0.1:${port}${String(target)}`, protocols as string[], {
    headers: headers as Record<string, string>,
  });
  return new Promise((resolve) => {
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_asked, { statusCode }) => resolve(statusCode));
    socket.on('error', () => {});
  });
}

describe('CHAT/1.1 over a WebSocket', () => {
  test('browsers and other clients talk on one port, and a private text reaches its two alone', async (context) => {
    const server = await testServer(context, { web: noPage });
    const nc = await WireClient.register(context, server, 'carol');
    const alice = await webClient(context, server.port, 'alice', ['apple']);
    const bob = await webClient(context, server.port, 'bob', ['apple']);
    const heard = next(alice, 'message');
    nc.send('an apple, @bob\n');
    const { from, text, matched } = await heard;
    assert.deepEqual([from, text, matched], ['carol', 'an apple, @bob', ['apple']]);
    const told = new Promise<string>((resolve) => {
      bob.on('message', ({ to, text: said }) => to === 'bob' && resolve(said));
    });
    await alice.sendTo('bob', 'only you: apple');
    assert.equal(await told, 'only you: apple');
    await alice.send('done @carol');
    assert.equal(await nc.line(), '@alice: done @carol');
  });

  test('long texts and many at once arrive whole and in order', async (context) => {
    const server = await testServer(context, { web: noPage });
    const alice = await webClient(context, server.port, 'alice', ['apple']);
    const bob = await webClient(context, server.port, 'bob');
    const texts = [`apple ${'é'.repeat(60_000)}`, ...Array.from({ length: 300 }, (_, i) => `apple ${i}`)];
    const seen: string[] = [];
    const all = new Promise<void>((resolve) => {
      alice.on('message', ({ text }) => {
        seen.push(text);
        if (seen.length === texts.length) resolve();
      });
    });
    for (const text of texts) void bob.send(text);
    await all;
    assert.deepEqual(seen, texts);
  });

  test('the operator sees and ends it as any other connection, and a ban keeps it out', async (context) => {
    const server = await testServer(context, { web: noPage });
    const alice = await webClient(context, server.port, 'alice');
    assert.match(await adminDone(server.dataFolder, 'who'), /alice +127\.0\.0\.1 +CHAT\/1\.1/);
    const closed = next(alice, 'closed');
    await adminDone(server.dataFolder, 'kick', 'alice', 'lunch');
    assert.match(String((await closed).why), /The operator ended this connection: lunch/);
    await adminDone(server.dataFolder, 'ban', '127.0.0.1', 'späm', '--for', '2h');
    assert.equal(await upgrade(server.port), 423);
    const { status, headers, body } = await get(server.port, '/');
    const why = /^This address is banned until [0-9-]{10} [0-9:]{5} UTC: späm\n$/;
    assert.match(body.toString(), why);
    assert.deepEqual([status, headers['content-length']], [423, String(body.length)]);
    await assert.rejects(webClient(context, server.port, 'bob'), {
      reason: 'refused',
      message: `the server refused: ${body.toString().trim()}`,
    });
  });

  test('a client whose address is banned while it is away does not come back', async (context) => {
    const server = await testServer(context, { web: noPage });
    const proxy = await CuttingProxy.open(context, server.port);
    const alice = await webClient(context, proxy.port, 'alice');
    const [offline, closed] = [next(alice, 'offline'), next(alice, 'closed')];
    proxy.target = 1;
    proxy.cutAll();
    await offline;
    await adminDone(server.dataFolder, 'ban', '127.0.0.1', 'spam');
    proxy.target = server.port;
    alice.reconnectNow();
    assert.equal((await closed).why, 'the server refused: This address is banned: spam');
  });

  test('only pages of this server may connect, and only by names that nobody else can hold', async (context) => {
    const origins = [new URL('https://chat.example.org')];
    const { port } = await testServer(context, { web: { ...noPage, origins } });
    const own = `http://127.0.0.1:${port}`;
    assert.equal(await upgrade(port), 101);
    assert.equal(await upgrade(port, { Origin: own }), 101);
    assert.equal(await upgrade(port, { Origin: 'https://chat.example.org' }), 101);
    const rebound = { Origin: `http://evil.example:${port}`, Host: `evil.example:${port}` };
    for (const headers of [{ Origin: 'http://evil.example' }, { Origin: 'null' }, rebound])
      assert.equal(await upgrade(port, headers), 403, JSON.stringify(headers));
    assert.equal(await upgrade(port, { target: '/other' }), 404);
    assert.equal(await upgrade(port, { protocols: ['chat.9'] }), 400);
  });

  test('what is no byte stream, no CHAT/1.1, or too long ends the connection', async (context) => {
    const { port } = await testServer(context, { web: noPage });
    const ended = (send: (socket: NodeSocket) => void): Promise<{ code: number; text: string }> => {
      const socket = new NodeSocket(`ws://127.0.0.1:${port}/chat`, 'chat.1.1');
      let text = '';
      socket.on('open', () => send(socket)).on('message', (data: Buffer) => (text += data.toString()));
      socket.on('message', (data: Buffer) => {
        if (data.length === 0) socket.send(Buffer.alloc(0));
      });
      return new Promise((resolve) => socket.on('close', (code) => resolve({ code, text })));
    };
    assert.equal((await ended((socket) => socket.send('PING CHAT/1.1\n\n'))).code, 1003);
    assert.equal((await ended((socket) => socket.send(Buffer.alloc(300_000)))).code, 1009);
    const foreign = await ended((socket) => socket.send(Buffer.from('REGISTER alice CHAT/1.0\n')));
    assert.match(foreign.text, /^400 This is no request in CHAT\/1\.1/);
    const http = await ended((socket) => socket.send(Buffer.from('GET /health HTTP/1.1\r\n\r\n')));
    assert.match(http.text, /^400 This is no request in CHAT\/1\.1/);
  });

  test('without a page for browsers there is no WebSocket either', async (context) => {
    const { port } = await testServer(context);
    assert.equal(await upgrade(port), 404);
    assert.equal((await get(port, '/')).status, 404);
  });

  test('over TLS the same, on the same port', async (context) => {
    const folder = await pageFolder(context);
    const { port } = await testServer(context, { web: { origins: [], folder }, tls: 'own' });
    const socket = new NodeSocket(`wss://127.0.0.1:${port}/chat`, 'chat.1.1', {
      rejectUnauthorized: false,
      headers: { Origin: `https://127.0.0.1:${port}` },
    });
    let text = '';
    const answered = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        text += data.toString();
        if (text.includes('bob')) resolve();
      });
    });
    socket.on('open', () =>
      socket.send(Buffer.from('REGISTER alice CHAT/1.1\nFollow: apple\nPassword: long enough for all\n\n')),
    );
    const bob = await webClient(context, port, 'bob');
    await until(() => text.startsWith('200 Registered'), socket);
    await bob.send('an apple');
    await answered;
    socket.terminate();
    const { headers } = await new Promise<Answered>((resolve, reject) => {
      const target = { host: '127.0.0.1', port, path: '/', agent: false, rejectUnauthorized: false };
      secureRequest(target, (response) => {
        response.resume();
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.alloc(0) });
      })
        .on('error', reject)
        .end();
    });
    assert.equal(headers['strict-transport-security'], 'max-age=31536000');
  });

  test('a shutdown says goodbye, and idle connections do not hold it up', async (context) => {
    const server = await testServer(context, { web: noPage });
    const alice = await webClient(context, server.port, 'alice');
    const offline = next(alice, 'offline');
    const idle = new NodeSocket(`ws://127.0.0.1:${server.port}/chat`, 'chat.1.1');
    await new Promise((resolve) => idle.once('open', resolve));
    const gone = new Promise((resolve) => idle.once('close', resolve));
    await Promise.all([server.close(), gone]);
    assert.equal((await offline).isFarewell, true);
  });
});

/** Resolves when `condition` holds; it is asked after every message. */
async function until(condition: () => boolean, socket: NodeSocket): Promise<void> {
  while (!condition()) await new Promise((resolve) => socket.once('message', resolve));
}

async function pageFolder(context: TestContext): Promise<string> {
  const folder = path.join(await temporaryFolder(context), 'web');
  await mkdir(folder);
  await writeFile(path.join(folder, 'index.html'), '<!doctype html>');
  await writeFile(path.join(folder, 'service-worker.js'), '');
  await writeFile(path.join(folder, 'app.js'), 'const original = 1;');
  await writeFile(path.join(folder, 'app.js.br'), brotliCompressSync('const original = 1;'));
  return folder;
}

describe('the page', () => {
  test('comes from memory, compressed where asked for, with an ETag and strict headers', async (context) => {
    const { port } = await testServer(context, { web: { origins: [], folder: await pageFolder(context) } });
    const page = await get(port, '/?with=apple');
    assert.deepEqual([page.status, page.body.toString()], [200, '<!doctype html>']);
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'; require-trusted-types-for 'script'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
    assert.equal(page.headers['strict-transport-security'], undefined, 'not without TLS');
    const plain = await get(port, '/app.js', { 'Accept-Encoding': 'gzip, br;q=0' });
    assert.equal(plain.headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    assert.equal((await get(port, '/service-worker.js')).headers['content-security-policy'], policy);
    assert.deepEqual(
      [plain.body.toString(), plain.headers['content-encoding']],
      ['const original = 1;', undefined],
    );
    const small = await get(port, '/app.js', { 'Accept-Encoding': 'gzip, br' });
    assert.equal(small.headers['content-encoding'], 'br');
    assert.notEqual(small.headers.etag, plain.headers.etag);
    const again = await get(port, '/app.js', {
      'Accept-Encoding': 'br',
      'If-None-Match': `"x", W/${String(small.headers.etag)}`,
    });
    assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, small.headers.etag]);
    assert.equal((await get(port, '/app.js.br')).status, 404);
    assert.equal((await get(port, '/../package.json')).status, 404);
    assert.equal((await get(port, '/', { Upgrade: 'h2c', Connection: 'Upgrade' })).status, 200);
  });

  test('is not answered under a name that somebody else can hold, but health is', async (context) => {
    const { port } = await testServer(context, { web: { origins: [], folder: await pageFolder(context) } });
    const refused = await get(port, '/', { Host: 'evil.example' });
    assert.equal(refused.status, 421);
    assert.match(refused.body.toString(), /--web-origin/);
    assert.equal((await get(port, '/health', { Host: 'evil.example' })).status, 200);
  });

  test('says so where it is not built', async (context) => {
    const { port } = await testServer(context, { web: noPage });
    const { status, body } = await get(port, '/');
    assert.equal(status, 503);
    assert.match(body.toString(), /npm run build:web/);
    const scripts = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    assert.ok(scripts.scripts['build:web'], 'the command that it names');
  });
});
