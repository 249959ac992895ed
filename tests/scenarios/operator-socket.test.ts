import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { admin, adminDone } from '../support/operator.ts';
import { testServer } from '../support/server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

test('the socket is for its owner alone, takes nothing but requests, and ends with the server', async (context) => {
  const data = await temporaryFolder(context);
  const server = await testServer(context, { dataFolder: data });
  const path = join(data, 'admin.sock');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const say = (text: string) =>
    new Promise<string>((resolve) => {
      let heard = '';
      connect(path)
        .on('data', (bytes) => (heard += bytes))
        .on('error', () => {})
        .on('close', () => resolve(heard))
        .end(text);
    });
  for (const text of [
    'hello\n',
    '{}\n',
    '{"earshot":1,"command":"constructor","values":{},"by":""}\n',
    '{"earshot":1,"command":"announce","values":{"text":7},"by":""}\n',
    'x'.repeat(100_000),
  ])
    assert.equal(JSON.parse(await say(text)).code, 'usage', text.slice(0, 20));
  assert.equal(await say(''), '');
  await adminDone(data, 'status');
  await server.close();
  assert.equal(existsSync(path), false);
  const { exitCode, stderr } = await admin(data, 'status');
  assert.equal(exitCode, 69);
  assert.match(stderr, /^earshot: no server runs on the data folder .*passwd, tokens, backup/);
});

test('after a crash the socket is replaced', async (context) => {
  const data = await temporaryFolder(context);
  const killed = await startServerProcess(context, ['--data', data]);
  await killed.end('SIGKILL');
  assert.ok(existsSync(join(data, 'admin.sock')));
  assert.equal((await admin(data, 'status')).exitCode, 69);
  await startServerProcess(context, ['--data', data]);
  assert.match(await adminDone(data, 'status'), /^version /);
});

test('a data folder whose path is too long for a socket still serves, and the error says why', async (context) => {
  const data = join(await temporaryFolder(context), 'x'.repeat(100));
  mkdirSync(data, { mode: 0o700 });
  const server = await testServer(context, { dataFolder: data });
  await WireClient.register(context, server, 'bob');
  const { exitCode, stderr } = await admin(data, 'status');
  assert.equal(exitCode, 73);
  assert.match(stderr, /too long for a Unix socket/);
});

test('nothing but a socket is removed from its place', async (context) => {
  const data = await temporaryFolder(context);
  writeFileSync(join(data, 'admin.sock'), 'mine');
  chmodSync(join(data, 'admin.sock'), 0o600);
  await testServer(context, { dataFolder: data });
  assert.equal(readFileSync(join(data, 'admin.sock'), 'utf8'), 'mine');
});

test('one operator too many is told so, and not that there is no server', async (context) => {
  const data = await temporaryFolder(context);
  await testServer(context, { dataFolder: data });
  const others = Array.from({ length: 16 }, () => connect(join(data, 'admin.sock')));
  context.after(() => others.forEach((other) => void other.destroy()));
  await Promise.all(others.map((other) => once(other, 'connect')));
  const { exitCode, stderr } = await admin(data, 'status');
  assert.equal(exitCode, 69);
  assert.match(stderr, /serves too many operators at once/);
});

test('an answer of another program is not taken for one of the server', async (context) => {
  const data = await temporaryFolder(context);
  const listener = createServer((socket) => socket.on('data', () => {}).end('"hello"\n'));
  listener.listen(join(data, 'admin.sock'));
  context.after(() => listener.close());
  assert.equal((await admin(data, 'status')).exitCode, 69);
});

test('a wrong command line names the help of its own command', async (context) => {
  const data = await temporaryFolder(context);
  for (const [words, name, what] of [
    [['ban'], 'admin ban', 'arguments'],
    [['status', 'extra'], 'admin status', 'arguments'],
    [['bnas'], 'admin', 'commands'],
  ] as const) {
    const { exitCode, stderr } = await admin(data, ...words);
    assert.equal(exitCode, 64);
    assert.match(stderr, new RegExp(`\\(earshot ${name} --help lists the ${what} and options\\)\n$`));
  }
});
