import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { runEarshot, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

test('it listens wherever it is told to, and says so', async (context) => {
  const listening = (server: ServerProcess) =>
    JSON.parse(server.lines.find((line) => line.includes('"listening"')) ?? '{}');
  const local = 'chat://127.0.0.1:[0-9]+';
  const both = await startServerProcess(
    context,
    ['--data', await temporaryFolder(context), '--listen', 'tcp://127.0.0.1:0', '--listen', '127.0.0.1:0'],
    { EARSHOT_LISTEN: '' },
  );
  const { address, addresses } = listening(both);
  assert.match(addresses.join(' '), new RegExp(`^${local} ${local} chat\\+udp://.* chat\\+udp://.*$`));
  assert.equal(address, addresses[0]);
  for (const [at, name] of [
    [addresses[0], 'alice'],
    [addresses[1], 'bob'],
  ]) {
    const port = Number(at.split(':').at(-1));
    const waiting = both.lines.filter((line) => line.includes(`Waiting for connection on port ${port}...`));
    assert.equal(waiting.length, 1);
    await WireClient.register(context, { port }, name);
  }

  const free = await startServerProcess(context, ['--data', await temporaryFolder(context)]);
  const port = String(free.port);
  await free.end('SIGTERM');
  const beside = await startServerProcess(
    context,
    ['--data', await temporaryFolder(context), '--port', port],
    { EARSHOT_LISTEN: 'tcp://127.0.0.1:0', EARSHOT_UDP: 'no' },
  );
  assert.match(listening(beside).addresses.join(' '), new RegExp(`^chat://127.0.0.1:${port} ${local}$`));

  const data = ['--data', await temporaryFolder(context)];
  const taken = await runEarshot([
    'serve',
    ...data,
    '--listen',
    '127.0.0.1:0',
    '--listen',
    `127.0.0.1:${port}`,
  ]);
  assert.equal(taken.exitCode, 69);
  assert.match(taken.stderr, new RegExp(`cannot listen on 127.0.0.1 port ${port}: the port is taken`));
  for (const wrong of ['ws://127.0.0.1:0', 'tcp://127.0.0.1']) {
    const { exitCode, stderr } = await runEarshot(['serve', ...data, '--listen', wrong]);
    assert.equal(exitCode, 64, stderr);
    assert.match(stderr, /--listen .*tcp:\/\//);
  }
});

test('a start takes the port of the last one again, and says so when it cannot', async (context) => {
  const folder = await temporaryFolder(context);
  const start = async (...args: string[]) => {
    const server = await startServerProcess(context, ['--data', folder, ...args]);
    return { ...server, isWarned: server.lines.some((line) => line.includes('port of the last start')) };
  };
  const first = await start();
  assert.equal(first.isWarned, false);
  await first.end('SIGKILL');
  const again = await start();
  assert.deepEqual([again.port, again.isWarned], [first.port, false]);
  await again.end('SIGTERM');

  const taker = createServer().listen(first.port, '127.0.0.1');
  await once(taker, 'listening');
  const elsewhere = await start();
  assert.notEqual(elsewhere.port, first.port);
  assert.equal(elsewhere.isWarned, true);
  await elsewhere.end('SIGTERM');
  taker.close();
  await once(taker, 'close');
  const back = await start('--host', 'localhost');
  assert.deepEqual([back.port, back.isWarned], [first.port, false]);
  await back.end('SIGTERM');

  // The port that somebody names is the next one's as well, even if it is 0.
  const named = await start('--port', String(elsewhere.port));
  assert.equal(named.port, elsewhere.port);
  await named.end('SIGTERM');
  const after = await start();
  assert.equal(after.port, elsewhere.port);
  const anew = await runEarshot(['serve', '--data', folder, '--port', '0']);
  assert.equal(anew.exitCode, 75, 'one server at a time');
  await after.end('SIGTERM');
  const chosen = await start('--port', '0');
  await chosen.end('SIGTERM');
  const last = await start();
  assert.equal(last.port, chosen.port);
  await last.end('SIGTERM');

  await writeFile(join(folder, 'port.json'), '{"port":"none"');
  const damaged = await start();
  assert.ok(damaged.port > 0);
});

test('systemd is told when the server listens, if it waits for that', async (context) => {
  const folder = await temporaryFolder(context);
  const told = join(folder, 'told');
  assert.equal(spawnSync('mkfifo', [told]).status, 0);
  const command = join(folder, 'systemd-notify');
  await writeFile(command, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" > '${told}'\n`, { mode: 0o700 });
  const server = await startServerProcess(context, ['--data', join(folder, 'data')], {
    NOTIFY_SOCKET: '/run/socket',
    PATH: `${folder}:${process.env.PATH}`,
  });
  // Waits until the command writes.
  assert.equal(await readFile(told, 'utf8'), '/run/socket --ready\n');
  assert.equal(await server.end('SIGTERM'), 0);
});
