import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { joinAddressesOf as addressesOf, runEarshot, startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Takes a port over UDP, by default one that the system chooses. */
async function taken(context: TestContext, port = 0): Promise<number> {
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  context.after(() => socket.close());
  return socket.address().port;
}

test('a server listens over UDP at the port of TCP, and keeps its key', async (context) => {
  const data = await temporaryFolder(context);
  const first = await startServerProcess(context, ['--data', data]);
  const [overTcp, overUdp = ''] = addressesOf(first);
  assert.equal(overTcp, `chat://127.0.0.1:${first.port}`);
  assert.match(overUdp, new RegExp(`^chat\\+udp://127.0.0.1:${first.port}#sha256=[0-9a-f]{64}$`));
  assert.equal((await stat(join(data, 'udp-key.pem'))).mode & 0o777, 0o600);
  const listed = await runEarshot(['list', overUdp]);
  assert.deepEqual([listed.exitCode, listed.stderr], [0, '']);
  assert.equal(await first.end('SIGKILL'), 'SIGKILL');
  const second = await startServerProcess(context, ['--data', data]);
  assert.deepEqual(addressesOf(second), [overTcp, overUdp], 'the port and the key are the same');
  assert.equal((await runEarshot(['list', overUdp])).exitCode, 0);
  assert.equal(await second.end('SIGTERM'), 0);
});

test('--no-udp, --udp no and EARSHOT_UDP=no listen over TCP alone', async (context) => {
  for (const [args, env] of [
    [['--no-udp'], {}],
    [['--udp', 'no'], {}],
    [[], { EARSHOT_UDP: 'no' }],
  ] as const) {
    const data = await temporaryFolder(context);
    const server = await startServerProcess(context, ['--data', data, ...args], env);
    assert.equal(addressesOf(server).length, 1);
    await assert.rejects(stat(join(data, 'udp-key.pem')), { code: 'ENOENT' });
    const { exitCode, stderr } = await runEarshot(['list', `chat+udp://127.0.0.1:${server.port}`]);
    assert.equal(exitCode, 69);
    assert.match(stderr, /cannot reach chat\+udp:.*nothing listens there/);
    await server.end('SIGTERM');
  }
});

test('a port that is taken over UDP alone is told, unless the system may choose another', async (context) => {
  const port = await taken(context);
  const data = await temporaryFolder(context);
  const named = await runEarshot(['serve', '--data', data, '--port', String(port)]);
  assert.equal(named.exitCode, 69);
  assert.match(
    named.stderr,
    new RegExp(
      `cannot listen on 127.0.0.1 port ${port} over UDP: the port is taken.*; --no-udp starts without`,
    ),
  );
  await writeFile(join(data, 'port.json'), `{"port":${port}}`);
  const kept = await startServerProcess(context, ['--data', data]);
  assert.notEqual(kept.port, port);
  assert.ok(kept.lines.some((line) => line.includes('port of the last start')));
  assert.match(addressesOf(kept)[1] ?? '', new RegExp(`^chat\\+udp://127.0.0.1:${kept.port}#`));
  await kept.end('SIGTERM');
});

test('--listen takes addresses over UDP, in place of the one that goes with TCP', async (context) => {
  const data = await temporaryFolder(context);
  const more = await startServerProcess(context, ['--data', data, '--listen', 'chat+udp://127.0.0.1:0']);
  const addresses = addressesOf(more);
  assert.deepEqual(
    addresses.map((address) => address.split(':')[0]),
    ['chat', 'chat+udp', 'chat+udp'],
  );
  for (const address of addresses.slice(1)) assert.equal((await runEarshot(['list', address])).exitCode, 0);
  const port = String(more.port);
  await more.end('SIGTERM');
  const both = ['--port', port, '--listen', `chat+udp://127.0.0.1:${port}`];
  const same = await startServerProcess(context, ['--data', data, ...both]);
  assert.equal(addressesOf(same).length, 2);
  await same.end('SIGTERM');
  const { exitCode, stderr } = await runEarshot(['serve', '--data', data, ...both, '--no-udp']);
  assert.equal(exitCode, 64);
  assert.match(stderr, /--no-udp says not to listen over UDP/);
});

test('a key that is damaged is told, and not replaced', async (context) => {
  const data = await temporaryFolder(context);
  const file = join(data, 'udp-key.pem');
  await writeFile(file, 'damaged', { mode: 0o600 });
  const { exitCode, stderr } = await runEarshot(['serve', '--data', data]);
  assert.equal(exitCode, 73, stderr);
  assert.match(stderr, /udp-key\.pem, the key for UDP, cannot be used .*put a copy of it there/);
  assert.equal(await readFile(file, 'utf8'), 'damaged');
});
