import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { runEarshot } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const accounts = { alice: 'correct horse', bob: 'battery staple' };
const alicesWay = { Password: accounts.alice };

test('before login only what needs no name is done', async (context) => {
  const server = await testServer(context, { accounts });
  const client = await ParcelClient.connect(context, server);
  assert.equal((await client.ask('SEND', {}, 'hello')).start, '403 Nobody is logged in');
  assert.equal((await client.ask('FOLLOW', { Term: 'pie' })).start, '403 Nobody is logged in');
  assert.equal((await client.ask('LOGOUT')).start, '403 Nobody is logged in');
  assert.equal((await client.ask('PING')).start, '200 Pong');
  assert.deepEqual((await client.ask('NAME alice')).headers, { Status: 'account', Online: 'no' });
  assert.deepEqual((await client.ask('NAME carol')).headers, { Status: 'free', Online: 'no' });
  assert.equal((await client.ask('NAME all')).start.slice(0, 4), '422 ');
  assert.equal((await client.ask('LIST')).body, '');
  assert.equal((await client.ask('REGISTER carol')).start, '200 Registered');
  assert.deepEqual((await client.ask('NAME carol')).headers, { Status: 'guest', Online: 'yes' });
  assert.equal((await client.ask('REGISTER dave')).start, '409 You are logged in as carol already');
  assert.equal((await client.ask('LOGIN alice', alicesWay)).start, '409 You are logged in as carol already');
  assert.equal((await client.ask('LOGOUT')).start, '200 Logged out');
  assert.equal((await client.ask('LOGIN alice', alicesWay)).start, '200 Logged in');
  assert.equal((await client.ask('LIST')).body, 'alice\n');
});

test('an account is made, and let in by its password and its token only', async (context) => {
  const server = await testServer(context);
  const { client, answer } = await ParcelClient.enter(context, server, 'REGISTER alice', {
    Password: 'correct horse',
    Follow: 'apple',
  });
  assert.equal(answer.start, '200 Registered');
  const { Token: token = '' } = answer.headers;
  assert.match(token, /^[0-9a-f]{64}$/);
  await client.ask('DISCONNECT');
  const other = await ParcelClient.connect(context, server);
  assert.equal(
    (await other.ask('REGISTER alice')).start,
    '403 alice has an account; log in with its password',
  );
  assert.equal((await other.ask('REGISTER alice', { Password: 'another one' })).start.slice(0, 3), '401');
  const wrong = await other.ask('LOGIN alice', { Password: 'wrong horse' });
  assert.deepEqual(wrong, await other.ask('LOGIN nobody', { Password: 'wrong horse' }));
  assert.deepEqual(wrong, await other.ask('LOGIN alice', { Token: '0'.repeat(64) }));
  assert.deepEqual(wrong, await other.ask('LOGIN alice'));
  assert.equal(wrong.start, '403 Password wrong or needed');
  const back = await other.ask('LOGIN alice', { Token: token });
  assert.equal(back.start, '200 Logged in');
  assert.equal(back.headers.Token, token);
  assert.equal((await other.ask('FOLLOWS')).body, 'apple\n@alice\n@all\n');
});

test('a refused login is logged with its reason, and without the secret', async (context) => {
  const lines: string[] = [];
  const server = await testServer(context, { accounts, onLogLine: (line) => lines.push(line) });
  const client = await ParcelClient.connect(context, server);
  await client.ask('LOGIN alice', { Password: 'wrong horse' });
  await client.ask('LOGIN alice', { Token: '0'.repeat(64) });
  await client.ask('LOGIN nobody', { Token: '0'.repeat(64) });
  const refused = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'login refused');
  assert.deepEqual(
    refused.map(({ level, user, reason }) => [level, user, reason]),
    [
      [30, 'alice', 'wrong'],
      [30, 'alice', 'wrong token'],
      [30, 'nobody', 'wrong token'],
    ],
  );
  assert.ok(!lines.some((line) => line.includes('0'.repeat(64))));
});

test('a password that is too short is refused, and makes nothing', async (context) => {
  const server = await testServer(context);
  const { client, answer } = await ParcelClient.enter(context, server, 'REGISTER alice', {
    Password: 'short',
  });
  assert.equal(answer.start.slice(0, 4), '422 ');
  assert.equal((await client.ask('NAME alice')).headers.Status, 'free');
});

test('every device of an account gets what the others say, and what reaches the account', async (context) => {
  const server = await testServer(context, { accounts });
  const { client: desk } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const { client: phone } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const old = await WireClient.connect(context, server);
  old.send('REGISTER alice CHAT/1.0\nPassword: correct horse\n\n');
  await old.line();
  const { client: bob } = await ParcelClient.enter(context, server, 'LOGIN bob', { Password: accounts.bob });
  assert.equal((await bob.ask('LIST')).body, 'alice\nbob\n');
  assert.deepEqual((await desk.ask('SENDTO bob', {}, 'psst')).headers, { Position: '1', Reached: '1' });
  const copy = await phone.next();
  assert.deepEqual([copy.headers.From, copy.headers.To, copy.body], ['alice', 'bob', 'psst']);
  assert.equal(copy.headers.Matched, undefined);
  assert.equal((await bob.next()).body, 'psst');
  await desk.ask('FOLLOW', { Term: 'pie' });
  assert.equal((await phone.ask('FOLLOWS')).body, '@alice\n@all\npie\n');
  assert.deepEqual((await bob.ask('SEND', {}, 'pie!')).headers, { Position: '2', Reached: '1' });
  for (const device of [desk, phone]) assert.equal((await device.next()).body, 'pie!');
  assert.equal(await old.line(), '@bob: pie!');
  old.send('@alice: from the old one\n');
  for (const device of [desk, phone]) assert.equal((await device.next()).body, 'from the old one');
  await desk.ask('DISCONNECT');
  assert.equal((await bob.ask('LIST')).body, 'alice\nbob\n');
});

test('a guest whose connection broke comes back in their place; who left has none', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, limits: { accountsPollMs: 1e9 } });
  const { client, answer } = await ParcelClient.enter(context, server, 'REGISTER alice', { Follow: 'apple' });
  const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bob');
  const { Token = '', Epoch = '', Position = '' } = answer.headers;
  client.wire.socket.destroy();
  while ((await bob.ask('LIST')).body !== 'bob\n');
  await bob.ask('SEND', {}, 'an apple meanwhile');
  const thief = await ParcelClient.connect(context, server);
  assert.equal((await thief.ask('REGISTER alice')).start, '401 Client already registered');
  assert.equal((await thief.ask('LOGIN alice', { Token: 'f'.repeat(64) })).start.slice(0, 3), '403');
  const { client: back, answer: again } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    Token,
    Epoch,
    Since: Position,
  });
  assert.equal(again.headers.Token, Token);
  assert.deepEqual(textsOf(await back.until('CAUGHT-UP')), ['an apple meanwhile']);
  back.wire.socket.destroy();
  while ((await bob.ask('LIST')).body !== 'bob\n');
  clock.advance(60_000);
  const { client: next, answer: free } = await ParcelClient.enter(context, server, 'REGISTER alice');
  assert.equal(free.start, '200 Registered');
  await next.ask('LOGOUT');
  assert.equal((await bob.ask('NAME alice')).headers.Status, 'free');
});

test("a guest's name becomes an account, with all that they follow and have seen", async (context) => {
  const dataFolder = await temporaryFolder(context);
  const first = await testServer(context, { dataFolder });
  const { client } = await ParcelClient.enter(context, first, 'REGISTER alice', { Follow: 'apple, fig' });
  const { client: bob } = await ParcelClient.enter(context, first, 'REGISTER bob');
  await bob.ask('SEND', {}, 'an apple');
  assert.equal((await client.next()).body, 'an apple');
  await client.ask('UNFOLLOW', { Term: 'apple' });
  assert.equal((await client.ask('REGISTER bob', { Password: 'correct horse' })).start.slice(0, 3), '409');
  const claimed = await client.ask('REGISTER alice', { Password: 'correct horse' });
  assert.equal(claimed.start, '200 Registered');
  await bob.ask('SEND', {}, 'a fig');
  assert.equal((await client.next()).body, 'a fig');
  await first.close();
  const server = await testServer(context, { dataFolder });
  const { client: back } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    Token: claimed.headers.Token ?? '',
  });
  assert.equal((await back.ask('FOLLOWS')).body, 'fig\n@alice\n@all\n');
  back.send('HISTORY');
  assert.deepEqual(textsOf(await back.until('200')), ['an apple', 'a fig']);
});

test('what a guest unfollows while they become an account stays unfollowed', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const first = await testServer(context, { dataFolder });
  const terms = Array.from({ length: 180 }, (_, index) => `t${index}`);
  const { client: desk, answer } = await ParcelClient.enter(context, first, 'REGISTER alice', {
    Follow: terms.join(','),
  });
  const { Token = '' } = answer.headers;
  const { client: phone } = await ParcelClient.enter(context, first, 'LOGIN alice', { Token });
  desk.send('REGISTER alice', { Password: 'correct horse' });
  while ((await phone.ask('NAME alice')).headers.Status !== 'account') {}
  for (const term of terms.toReversed().slice(0, 100)) {
    assert.equal((await phone.ask('UNFOLLOW', { Term: term })).start, '200 No longer following');
  }
  const claimed = await desk.next();
  const { body: followed } = await phone.ask('FOLLOWS');
  await first.close();
  const server = await testServer(context, { dataFolder });
  const { client: back } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    Token: claimed.headers.Token ?? '',
  });
  const kept = (await back.ask('FOLLOWS')).body;
  assert.deepEqual(kept.split('\n').toSorted(), followed.split('\n').toSorted());
});

test('who came as a guest stays in the account that is made of it, until its password is changed', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const server = await testServer(context, { dataFolder, limits: { accountsPollMs: 1e9 } });
  const { client: desk, answer } = await ParcelClient.enter(context, server, 'REGISTER alice');
  const { Token = '' } = answer.headers;
  const { client: phone } = await ParcelClient.enter(context, server, 'LOGIN alice', { Token });
  assert.equal((await desk.ask('REGISTER alice', alicesWay)).start, '200 Registered');
  const thief = await ParcelClient.connect(context, server);
  assert.equal((await thief.ask('LOGIN alice', { Token })).start.slice(0, 3), '403');
  assert.equal((await phone.ask('FOLLOWS')).body, '@alice\n@all\n');
  const changed = await runEarshot(['passwd', 'alice', '--data', dataFolder], {}, 'another horse\n');
  assert.equal(changed.exitCode, 0, changed.stderr);
  // A login is told first what another process has changed.
  assert.equal((await thief.ask('LOGIN alice', alicesWay)).start.slice(0, 3), '403');
  for (const device of [desk, phone]) {
    const bye = await device.next();
    assert.deepEqual(
      [bye.start, bye.headers],
      ['DISCONNECT CHAT/1.1', { Reason: 'What let you in was revoked; log in again', Retry: 'no' }],
    );
    assert.equal(await device.wire.rest(), '');
  }
});

const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

test(
  'no password is taken from another machine in plain text',
  { skip: elsewhere === undefined && 'this machine has no address but its own' },
  async (context) => {
    const server = await testServer(context, { accounts, host: elsewhere ?? '' });
    const wire = await ParcelClient.connect(context, server);
    assert.equal((await wire.ask('LOGIN alice', alicesWay)).start, '426 TLS required');
    assert.equal((await wire.ask('LOGIN alice', { Token: 'x' })).start, '426 TLS required');
    assert.equal((await wire.ask('REGISTER carol', { Password: 'correct horse' })).start, '426 TLS required');
    assert.equal((await wire.ask('REGISTER carol')).start, '200 Registered');
    assert.equal((await wire.ask('REGISTER carol', { Password: 'correct horse' })).start, '426 TLS required');
  },
);

test('of fifty who want one name at the same moment one gets it', async (context) => {
  const server = await testServer(context);
  for (const [name, headers] of [
    ['guest', {}],
    ['account', { Password: 'correct horse' }],
  ] as const) {
    const clients = await Promise.all(
      Array.from({ length: 50 }, () => ParcelClient.connect(context, server)),
    );
    const answers = await Promise.all(clients.map((client) => client.ask(`REGISTER ${name}`, headers)));
    const starts = answers.map(({ start }) => start);
    assert.equal(starts.filter((start) => start === '200 Registered').length, 1, name);
    assert.equal(starts.filter((start) => start === '401 Client already registered').length, 49, name);
  }
});
