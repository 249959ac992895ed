import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, online } from '../../src/library.ts';
import { closing, next } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { admin, adminDone } from '../support/operator.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { makeAccounts, testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const password = 'correct horse';

async function scene(context: TestContext) {
  const data = await temporaryFolder(context);
  await makeAccounts(data, { alice: password });
  const logged: string[] = [];
  const server = await testServer(context, { dataFolder: data, onLogLine: (line) => logged.push(line) });
  const guest = async (name: string) => {
    const { client, answer } = await ParcelClient.enter(context, server, `REGISTER ${name}`);
    assert.equal(answer.start, '200 Registered', answer.start);
    return client;
  };
  const ask = async (request: string, headers = {}) =>
    (await ParcelClient.enter(context, server, request, headers)).answer;
  const chat10 = async (line: string) => {
    const client = await WireClient.connect(context, server);
    client.send(`${line}\n`);
    return client.line();
  };
  return { data, server, logged, guest, ask, chat10, run: (...words: string[]) => adminDone(data, ...words) };
}

const goodbye = async (client: ParcelClient) => {
  const { start, headers } = (await client.until('DISCONNECT')).at(-1) ?? assert.fail();
  assert.equal(start, 'DISCONNECT CHAT/1.1');
  assert.equal(await client.wire.rest(), '');
  return headers;
};

test('status, who and limits tell of the running server', async (context) => {
  const { server, guest, run } = await scene(context);
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
  const { server, guest, run, data } = await scene(context);
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

test('a ban holds over every protocol, for accounts, and after a restart, until it is lifted', async (context) => {
  const { server, data, ask, chat10, guest, run } = await scene(context);
  const alice = await ParcelClient.enter(context, server, 'LOGIN alice', { Password: password });
  const bob = await guest('bob');
  for (const name of ['alice', 'bob', 'dora']) await run('ban', name, 'spam', '--for', '2h');
  const refusal = /^This name is banned until [0-9-]{10} [0-9:]{5} UTC: spam$/;
  assert.match((await goodbye(bob)).Reason ?? '', refusal);
  await goodbye(alice.client);
  const refused = new RegExp(refusal.source.replace('^', '^423 '));
  const token = alice.answer.headers.Token;
  const held = async () => {
    assert.match((await ask('REGISTER bob')).start, refused);
    assert.match((await ask('REGISTER dora', { Password: password })).start, refused);
    assert.match((await ask('LOGIN alice', { Password: password })).start, refused);
    assert.match((await ask('LOGIN alice', { Token: token })).start, refused);
    assert.match(await chat10('REGISTER bob CHAT/1.0'), /^423 This name is banned until .*: spam$/);
    assert.match(
      await chat10(`REGISTER alice CHAT/1.0\nPassword: ${password}\n`),
      /^423 This name is banned until/,
    );
    const dora = await WireClient.connect(context, server);
    dora.send('login dora\n');
    const [answer, why = ''] = await dora.lines(2);
    assert.equal(answer, 'RESPONSE failure');
    assert.match(why, /^SENDTO server This name is banned until .* UTC: spam$/);
    assert.equal(await dora.ask('list'), 'LIST');
  };
  await held();
  assert.match((await ask('LOGIN alice', { Password: 'wrong password' })).start, /^403 /);
  assert.match(await run('bans'), /^bob .*spam$/m);
  await server.close();
  const again = await testServer(context, { dataFolder: data });
  const still = await ParcelClient.enter(context, again, 'REGISTER bob');
  assert.match(still.answer.start, refused);
  await run('unban', 'bob');
  assert.equal((await still.client.ask('REGISTER bob')).start, '200 Registered');
  assert.equal((await admin(data, 'unban', 'bob')).exitCode, 67);
});

test('a ban of addresses ends their connections, and refuses new ones in the words of each protocol', async (context) => {
  const { data, server, ask, chat10, guest, run } = await scene(context);
  const bob = await guest('bob');
  assert.match(
    await run('ban', '127.0.0.0/8', 'no more'),
    /^127\.0\.0\.0\/8 is banned for ever; 1 connection ended/,
  );
  await goodbye(bob);
  assert.equal((await ask('LIST')).start, '423 This address is banned: no more');
  assert.equal(await chat10('REGISTER carol CHAT/1.0'), '423 This address is banned: no more');
  const dora = await WireClient.connect(context, server);
  dora.send('list\nlogin dora\n');
  assert.equal(await dora.rest(), 'RESPONSE failure\nSENDTO server This address is banned: no more\n');
  await assert.rejects(connect(`chat://127.0.0.1:${server.port}`, { name: 'carol' }), {
    reason: 'refused',
    message: 'the server refused carol: This address is banned: no more (423)',
    code: 423,
  });
  await assert.rejects(online(`chat://127.0.0.1:${server.port}`), {
    reason: 'refused',
    message: 'the server refused: This address is banned: no more (423)',
    code: 423,
  });
  for (const wrong of ['10.0.0.0/2', 'not a name', '1.2.3.4/x'])
    assert.equal((await admin(data, 'ban', wrong)).exitCode, 64, wrong);
  assert.equal((await admin(data, 'ban', 'eve', '--for', 'ever')).exitCode, 64);
  await run('unban', '127.0.0.0/8');
  await guest('bob');
});

test('of several bans of an address, the one that holds longest is told', async (context) => {
  const { ask, run } = await scene(context);
  await run('ban', '127.0.0.1', 'an hour', '--for', '1h');
  await run('ban', '127.0.0.0/8', 'a day', '--for', '1d');
  assert.match((await ask('LIST')).start, /^423 This address is banned until .*: a day$/);
});

test('a client whose address is banned while it is away does not come back', async (context) => {
  const { server, run } = await scene(context);
  const proxy = await CuttingProxy.open(context, server.port);
  const bob = closing(context, await connect(`chat://127.0.0.1:${proxy.port}`, { name: 'bob' }));
  const [offline, closed] = [next(bob, 'offline'), next(bob, 'closed')];
  proxy.target = 1;
  proxy.cutAll();
  await offline;
  await run('ban', '127.0.0.1', 'spam');
  proxy.target = server.port;
  bob.reconnectNow();
  assert.equal((await closed).why, 'the server refused bob: This address is banned: spam (423)');
});

test('an announcement reaches everybody who is online, in the form of each protocol', async (context) => {
  const { server, data, guest, run } = await scene(context);
  const bob = await guest('bob');
  const carol = await WireClient.register(context, server, 'carol');
  const dora = await WireClient.login(context, server, 'dora');
  assert.equal(await run('announce', 'back in', 'five minutes'), 'Shown on 3 connections.\n');
  assert.deepEqual((await bob.next()).body, 'back in five minutes');
  assert.equal(await carol.line(), '@server: back in five minutes');
  assert.equal(await dora.line(), 'SENDTO server back in five minutes');
  assert.equal((await admin(data, 'announce', 'two\nlines')).exitCode, 64);
  assert.equal(await dora.ask('list'), 'LIST bob carol dora', 'no entry, and nobody called server');
});

test('an announcement is not shown where an account could say the same', async (context) => {
  const { server, run, data } = await scene(context);
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
  const { server, ask, chat10, guest, run } = await scene(context);
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
  const { ask, run } = await scene(context);
  assert.match(await run('accounts'), /^alice +\S+ \S+ +- +- +- +0 +no$/m);
  await ask('LOGIN alice', { Password: password });
  const { accounts } = JSON.parse(await run('accounts', '--json'));
  assert.equal(accounts[0].loginFrom, '127.0.0.1');
  assert.ok(Math.abs(Date.now() - accounts[0].loginMs) < 60_000);
});

test('every act leaves a line in the log and in the audit file, and no code of an invitation', async (context) => {
  const { data, logged, run } = await scene(context);
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
