import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { admin } from '../support/operator.ts';
import { goodbye, operatorScene, password } from '../support/operator-scene.ts';
import { makeAccounts, testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

test('status, who and limits tell of the running server', async (context) => {
  const { server, guest, run } = await operatorScene(context);
  await guest('bob');
  await WireClient.register(context, server, 'carol');
  await WireClient.login(context, server, 'dora');
  const status = JSON.parse(await run('status', '--json'));
  assert.deepEqual(status.connections, { 'CHAT/1.1': 1, 'CHAT/1.0': 1, verbs: 1 });
  assert.deepEqual(
    [status.usersOnline, status.position, status.registration, status.pid],
    [3, 0, 'open', process.pid],
  );
  assert.deepEqual(status.addresses, [`chat://127.0.0.1:${server.port}`]);
  assert.deepEqual(status.transports, { tcp: 3 });
  assert.match(await run('status'), /^connections +CHAT\/1\.1 1, CHAT\/1\.0 1, verbs 1$/m);
  const { connections } = JSON.parse(await run('who', '--json'));
  assert.deepEqual(
    connections.map(({ name, protocol, transport, address, lag }: Record<string, unknown>) => [
      ...[name, protocol, transport],
      ...[address, lag],
    ]),
    [
      ['bob', 'CHAT/1.1', 'tcp', '127.0.0.1', 0],
      ['carol', 'CHAT/1.0', 'tcp', '127.0.0.1', 0],
      ['dora', 'verbs', 'tcp', '127.0.0.1', 0],
    ],
  );
  assert.ok(connections[0].sentBytes > 0);
  const limits = await run('limits');
  assert.match(limits, /^loginMs +30000 +30000 +default$/m);
  assert.match(limits, /^passwordHashKiB .*--limit or EARSHOT_LIMIT$/m);
});

test('kick ends the connections of one user, who is told why, over every protocol', async (context) => {
  const { server, guest, run, data } = await operatorScene(context);
  const bob = await guest('bob');
  const other = await guest('other');
  const carol = await WireClient.register(context, server, 'carol');
  const dora = await WireClient.login(context, server, 'dora');
  assert.equal(await run('kick', 'bob', 'too', 'loud'), 'bob: 1 connection ended.\n');
  const why = 'The operator ended this connection: too loud';
  assert.deepEqual(await goodbye(bob), { Reason: why, Retry: 'no' });
  await run('kick', 'carol', 'too loud');
  assert.equal(await carol.rest(), `Error:  ${why}\nDISCONNECT CHAT/1.0\n`);
  await run('kick', 'dora');
  assert.equal(await dora.rest(), 'SENDTO server The operator ended this connection\n');
  assert.equal((await other.ask('PING')).start, '200 Pong');
  assert.equal((await admin(data, 'kick', 'bob')).exitCode, 67);
  await guest('bob');
});

test('an announcement reaches everybody who is online, in the form of each protocol', async (context) => {
  const { server, data, guest, run } = await operatorScene(context);
  const bob = await guest('bob');
  const carol = await WireClient.register(context, server, 'carol');
  const dora = await WireClient.login(context, server, 'dora');
  assert.equal(await run('announce', 'back in', 'five minutes'), 'Shown on 3 connections.\n');
  assert.deepEqual((await bob.next()).body, 'back in five minutes');
  assert.equal(await carol.line(), '@server: back in five minutes');
  assert.equal(await dora.line(), 'SENDTO server back in five minutes');
  for (const text of ['two\nlines', 'x'.repeat(501)])
    assert.equal((await admin(data, 'announce', text)).exitCode, 64, text);
  assert.equal(await dora.ask('list'), 'LIST bob carol dora', 'no entry, and nobody called server');
});

test('an announcement is not shown where an account could say the same', async (context) => {
  const { server, run, data } = await operatorScene(context);
  const carol = await WireClient.register(context, server, 'carol');
  assert.equal(await run('announce', 'one'), 'Shown on 1 connection.\n');
  await server.close();
  await makeAccounts(data, { Server: password });
  const again = await testServer(context, { dataFolder: data });
  const dora = await WireClient.login(context, again, 'dora');
  assert.match(await run('announce', 'two'), /^Shown on 0 connections\.\nNot on 1 connection/);
  assert.equal(await dora.ask('list'), 'LIST dora');
  assert.equal(await carol.rest(), '@server: one\nDISCONNECT CHAT/1.0\n');
});

test('registration can be closed, and opened for those who are invited', async (context) => {
  const { server, ask, chat10, guest, run } = await operatorScene(context);
  const bob = await guest('bob');
  await run('registration', 'closed');
  assert.equal((await ask('REGISTER carol')).start, '423 This server takes no new users');
  assert.equal(
    (await ask('REGISTER carol', { Password: password })).start,
    '423 This server takes no new users',
  );
  assert.equal(
    (await bob.ask('REGISTER bob', { Password: password })).start,
    '423 This server takes no new users',
  );
  assert.equal(await chat10('REGISTER carol CHAT/1.0'), '423 This server takes no new users');
  assert.equal(await chat10('login carol'), 'RESPONSE failure');
  assert.equal((await ask('LOGIN alice', { Password: password })).start, '200 Logged in');
  await run('registration', 'invite');
  const code = (await run('invite')).trim();
  const uninvited = '412 New users need an invitation and an account';
  assert.equal((await ask('REGISTER carol')).start, uninvited);
  assert.equal(
    (await ask('REGISTER carol', { Invitation: code })).start,
    uninvited,
    'a guest has no account',
  );
  assert.equal((await ask('REGISTER carol', { Password: password })).start, uninvited);
  const wrong = await ask('REGISTER carol', { Password: password, Invitation: 'ABCD' });
  assert.equal(wrong.start, '412 That invitation is not valid, or was used already');
  assert.equal(
    (await ask('REGISTER alice', { Password: password, Invitation: code })).start.slice(0, 3),
    '401',
  );
  const claimed = await bob.ask('REGISTER bob', { Password: password, Invitation: code });
  assert.equal(claimed.start, '200 Registered', 'a refused name has not used it up');
  assert.equal((await ask('REGISTER carol', { Password: password, Invitation: code })).start, wrong.start);
  assert.match(await run('accounts'), /^bob +\d{4}-\d\d-\d\d \d\d:\d\d +127\.0\.0\.1 .*yes$/m);
  await server.close();
});

test('accounts tells of the last login', async (context) => {
  const { ask, run } = await operatorScene(context);
  assert.match(await run('accounts'), /^alice +\S+ \S+ +- +- +- +0 +no$/m);
  await ask('LOGIN alice', { Password: password });
  const { accounts } = JSON.parse(await run('accounts', '--json'));
  assert.equal(accounts[0].loginFrom, '127.0.0.1');
  assert.ok(Math.abs(Date.now() - accounts[0].loginMs) < 60_000);
});

test('every act leaves a line in the log and in the audit file, and no code of an invitation', async (context) => {
  const { data, logged, run } = await operatorScene(context);
  await run('ban', 'bob', 'spam');
  await admin(data, 'kick', 'nobody');
  const code = (await run('invite')).split('\n')[0] ?? '';
  await run('who');
  const file = join(data, 'audit.log');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ command, values, outcome }) => [command, values, outcome]),
    [
      ['ban', { subject: 'bob', why: 'spam' }, 'done'],
      ['kick', { name: 'nobody' }, 'nobody is connected as nobody'],
      ['invite', {}, 'done'],
    ],
  );
  assert.ok(lines.every(({ by, time }) => by !== '' && Date.parse(time) > 0));
  assert.equal(logged.filter((line) => line.includes('"msg":"operator"')).length, 3);
  assert.ok(code.length === 19 && !`${text}${logged.join()}`.includes(code));
});
