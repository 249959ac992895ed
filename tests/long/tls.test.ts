import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rename, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { connect } from '../../src/client-node/connect.ts';
import { certified } from '../support/certificates.ts';
import { closing, next } from '../support/client-events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { hastily } from '../support/hastily.ts';
import { pattern } from '../support/observed-connection.ts';
import { testServer } from '../support/server.ts';
import { runEarshot, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

/** A TLS client that checks nothing, and everything that it gets. */
async function secure(
  test: TestContext,
  { port, host = '127.0.0.1' }: { readonly port: number; readonly host?: string },
): Promise<TLSSocket> {
  const socket = connectTls({ port, host, rejectUnauthorized: false });
  test.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket.setEncoding('utf8');
}

async function ask(socket: TLSSocket, text: string): Promise<string> {
  socket.write(text);
  const [answer] = await once(socket, 'data');
  return answer;
}

const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

describe('a server with TLS', () => {
  test('speaks all protocols inside and outside, on one port', async (context) => {
    const server = await testServer(context, { tls: 'own' });
    const plain = await WireClient.register(context, server, 'alice');
    const bob = await secure(context, server);
    assert.equal(await ask(bob, 'REGISTER bob CHAT/1.0\n'), '200 Registration successful\n');
    const carol = await secure(context, server);
    assert.match(await ask(carol, 'REGISTER carol CHAT/1.1\n\n'), /^200 Registered/);
    const verbs = await secure(context, server);
    assert.match(await ask(verbs, 'list\n'), /alice/);
    plain.send('hello @bob\n');
    assert.equal((await once(bob, 'data'))[0], '@alice: hello @bob\n');
    assert.equal(await ask(await secure(context, server), 'HELO\n'), '400 Invalid registration\n');
  });

  test('carries files of the library unchanged, both ways', async (context) => {
    const server = await testServer(context, { tls: 'own' });
    const address = `chats://127.0.0.1:${server.port}${server.certificate?.fragment}`;
    const alice = closing(context, await connect(address, { name: 'alice', stateFolder: false }));
    const bob = closing(context, await connect(address, { name: 'bob', stateFolder: false }));
    const announced = next(bob, 'attachment');
    const bytes = pattern(3 * 1024 * 1024 + 1);
    await alice.attach({ name: 'large.bin', content: bytes }, { to: 'bob' });
    const file = await announced;
    assert.ok(Buffer.from(await bob.fetchBytes(file)).equals(bytes));
  });

  test('takes no unfinished line when the connection is cut', async (context) => {
    const server = await testServer(context, { tls: 'own' });
    const alice = await WireClient.register(context, server, 'alice');
    const bob = await secure(context, server);
    await ask(bob, 'REGISTER bob CHAT/1.0\n');
    bob.end('pay @alice 1');
    await once(bob, 'close');
    const carol = await secure(context, server);
    await ask(carol, 'REGISTER carol CHAT/1.0\n');
    carol.write('@alice is next\n');
    assert.match(await alice.line(), /is next$/);
  });

  test(
    'takes passwords from another machine over TLS only',
    { skip: elsewhere === undefined && 'this machine has no address but its own' },
    async (context) => {
      const accounts = { alice: 'correct horse' };
      const server = await testServer(context, { tls: 'own', accounts, host: elsewhere ?? '' });
      const logIn = 'LOGIN alice CHAT/1.1\nPassword: correct horse\n\n';
      const plain = await WireClient.connect(context, server);
      plain.send(logIn);
      assert.equal(await plain.line(), '426 TLS required');
      assert.match(await ask(await secure(context, server), logIn), /^200 Logged in/);
      const old = await secure(context, server);
      assert.match(
        await ask(old, 'REGISTER alice CHAT/1.0\nPassword: correct horse\n\n'),
        /^200 Registration successful/,
      );
    },
  );

  test('logs a failed handshake with its reason, and counts nobody afterwards', async (context) => {
    const logged: string[] = [];
    const limits = { connectionsPerAddress: 1, limitLoopback: 1 };
    const server = await testServer(context, { tls: 'own', limits, onLogLine: (line) => logged.push(line) });
    const stranger = await WireClient.connect(context, server);
    stranger.send('\x16\x03\x01\x00\x05hello');
    await stranger.rest();
    while (!logged.some((line) => /TLS handshake failed/.test(line))) await new Promise(setImmediate);
    // The server may count the stranger for a moment after it has logged the failure.
    let next: TLSSocket | undefined;
    while (next === undefined) next = await secure(context, server).catch(() => undefined);
    assert.match(await ask(next, 'list\n'), /./);
  });

  test('ends a handshake that stands still after handshakeMs', async (context) => {
    const clock = new FakeClock();
    const logged: string[] = [];
    const server = await testServer(context, { tls: 'own', clock, onLogLine: (line) => logged.push(line) });
    const stranger = await WireClient.connect(context, server);
    stranger.send('\x16\x03');
    while (!logged.some((line) => /TLS handshake failed: it took too long/.test(line))) {
      clock.advance(100);
      await new Promise(setImmediate);
    }
    await stranger.rest();
  });
});

test('without TLS a handshake is refused, and the log says what is missing', async (context) => {
  const logged: string[] = [];
  const server = await testServer(context, { onLogLine: (line) => logged.push(line) });
  const stranger = await WireClient.connect(context, server);
  stranger.send('\x16\x03\x01\x00\x05hello');
  assert.equal(await stranger.rest(), '400 Invalid registration\n');
  assert.ok(logged.some((line) => /TLS, which needs --tls or --tls-cert/.test(line)));
});

/** The `listening` line of a server. */
const listening = ({ lines }: ServerProcess) =>
  JSON.parse(lines.find((line) => line.includes('"listening"')) ?? '{}');

/** Waits until so many of its lines match. */
async function told(
  { lines, process: { stdout } }: ServerProcess,
  pattern: RegExp,
  count = 1,
): Promise<void> {
  while (lines.filter((line) => pattern.test(line)).length < count) {
    assert.ok(stdout);
    await once(stdout, 'data');
  }
}

/** The key that a server shows now, as Node names it. */
async function shownBy(context: TestContext, server: ServerProcess): Promise<string> {
  const socket = await secure(context, server);
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  socket.destroy();
  return key ?? '';
}

describe('earshot serve --tls', () => {
  test('makes a certificate once, for its owner alone, and prints the address with its fingerprint', async (context) => {
    const data = await temporaryFolder(context);
    const first = await startServerProcess(context, ['--data', data, '--tls']);
    const { address, join: line } = listening(first);
    assert.match(address, /^chats:\/\/127\.0\.0\.1:[0-9]+#sha256=[0-9a-f]{64}$/);
    assert.ok(line.endsWith(`earshot join NAME ${address}`), line);
    assert.equal((await stat(join(data, 'tls-key.pem'))).mode & 0o777, 0o600);
    assert.equal(await first.end('SIGTERM'), 0);
    const second = await startServerProcess(context, ['--data', data], { EARSHOT_TLS: 'yes' });
    assert.equal(listening(second).address, address, 'the port and the key are the same');
    const list = await runEarshot(['list', address]);
    assert.deepEqual([list.exitCode, list.stderr], [0, '']);
  });

  test('refuses half of a pair, both ways at once, and files that are no certificate', async (context) => {
    const data = ['--data', await temporaryFolder(context)];
    const [one, other] = [certified(), certified()];
    const folder = await temporaryFolder(context);
    const file = (name: string): string => join(folder, name);
    const [cert, key, text, empty] = [file('cert'), file('key'), file('text'), file('empty')];
    await writeFile(cert, one.cert);
    await writeFile(key, other.key);
    await writeFile(text, 'hello');
    await writeFile(empty, '');
    for (const [args, problem] of [
      [['--tls-cert', cert], /--tls-cert needs --tls-key/],
      [['--tls-key', key], /--tls-key needs --tls-cert/],
      [['--tls', '--tls-cert', cert, '--tls-key', key], /--tls makes a certificate/],
      [['--tls-cert', cert, '--tls-key', key], /is the key of another certificate/],
      [['--tls-cert', text, '--tls-key', key], /not in PEM/],
      [['--tls-cert', cert, '--tls-key', empty], /empty is empty/],
      [['--tls-cert', folder, '--tls-key', key], /is no regular file/],
      [['--tls-cert', join(folder, 'none'), '--tls-key', key], /there is no file .*none/],
    ] as const) {
      const { exitCode, stderr } = await runEarshot(['serve', ...data, ...args]);
      assert.equal(exitCode, 64, stderr);
      assert.match(stderr, problem);
    }
  });

  test('takes a renewed certificate without a restart, and keeps the old one when that is broken', async (context) => {
    const folder = await temporaryFolder(context);
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const replace = async (file: string, content: string): Promise<void> => {
      await writeFile(`${file}.new`, content);
      await rename(`${file}.new`, file);
    };
    const publicKeyOf = (made: ReturnType<typeof certified>): string => made.keySha256;
    const [one, two] = [certified(), certified()];
    await replace(cert, one.cert);
    await replace(key, one.key);
    const server = await startServerProcess(
      context,
      [...['--data', await temporaryFolder(context), '--tls-cert', cert, '--tls-key', key]],
      hastily,
    );
    assert.match(listening(server).address, new RegExp(`#sha256=${publicKeyOf(one)}$`));
    const before = await shownBy(context, server);
    const open = await secure(context, server);
    assert.match(await ask(open, 'REGISTER alice CHAT/1.0\n'), /^200/);

    await replace(cert, 'broken');
    server.process.kill('SIGHUP');
    await told(server, /the old one stays in force/);
    assert.equal(await shownBy(context, server), before);

    // As where a copy finds no room.
    await replace(cert, one.cert);
    await replace(key, '');
    server.process.kill('SIGHUP');
    await told(server, /key\.pem is empty/);
    assert.equal(await shownBy(context, server), before);

    await replace(key, two.key);
    await replace(cert, two.cert);
    server.process.kill('SIGHUP');
    await told(server, new RegExp(two.keySha256));
    const after = await shownBy(context, server);
    assert.notEqual(after, before);

    await replace(cert, one.cert);
    await replace(key, one.key);
    // Nobody says so: the server looks by itself.
    await told(server, new RegExp(one.keySha256), 2);
    assert.equal(await shownBy(context, server), before);
    assert.match(await ask(open, '!list\n'), /alice/);
    assert.equal(await server.end('SIGTERM'), 0);
  });
});
