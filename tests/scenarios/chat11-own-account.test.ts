import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

const accounts = { alice: 'correct horse', bob: 'battery staple' };
const alicesWay = { Password: accounts.alice };
const change = { Password: accounts.alice, 'New-Password': 'another horse' };

test('a new password ends all other sessions, over every protocol; the one that changed it stays', async (context) => {
  const lines: string[] = [];
  const server = await testServer(context, { accounts, onLogLine: (line) => lines.push(line) });
  const { client: desk, answer } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const { client: phone } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const old = await WireClient.connect(context, server);
  old.send('REGISTER alice CHAT/1.0\nPassword: correct horse\n\n');
  await old.line();
  const { client: bob } = await ParcelClient.enter(context, server, 'LOGIN bob', { Password: accounts.bob });
  const changed = await desk.ask('PASSWORD', change);
  assert.equal(changed.start, '200 Password changed');
  const { Token: token = '' } = changed.headers;
  assert.notEqual(token, answer.headers.Token);
  assert.equal((await phone.next()).headers.Retry, 'no');
  assert.equal(await old.rest(), 'DISCONNECT CHAT/1.0\n');
  await bob.ask('SEND', {}, 'still here, @alice?');
  assert.equal((await desk.next()).body, 'still here, @alice?', 'and gets what is for it');
  assert.equal((await desk.ask('SEND', {}, 'yes')).start, '200 Sent');
  const other = await ParcelClient.connect(context, server);
  assert.equal((await other.ask('LOGIN alice', alicesWay)).start.slice(0, 3), '403');
  assert.equal(
    (await other.ask('LOGIN alice', { Token: answer.headers.Token ?? '' })).start.slice(0, 3),
    '403',
  );
  assert.equal((await other.ask('LOGIN alice', { Token: token })).start, '200 Logged in');
  await other.ask('LOGOUT');
  assert.equal((await other.ask('LOGIN alice', { Password: 'another horse' })).start, '200 Logged in');
  assert.ok(
    !lines.some((line) => line.includes('another horse') || line.includes(token)),
    'no secret is logged',
  );
  assert.ok(lines.some((line) => JSON.parse(line).msg === 'password changed'));
});

test('a change that cannot be is refused, and changes nothing', async (context) => {
  const server = await testServer(context, { accounts, limits: { loginFailures: 3 } });
  const { client: desk } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const { client: phone } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const { client: guest } = await ParcelClient.enter(context, server, 'REGISTER carol');
  assert.equal((await guest.ask('PASSWORD', change)).start, '409 A guest has no password and no devices');
  assert.equal((await guest.ask('DEVICES')).start.slice(0, 3), '409');
  assert.equal((await guest.ask('REVOKE 1')).start.slice(0, 3), '409');
  assert.equal(
    (await desk.ask('PASSWORD', { Password: accounts.alice })).start,
    '400 New-Password is missing',
  );
  for (let i = 0; i < 5; i++)
    assert.equal(
      (await desk.ask('PASSWORD', { ...change, 'New-Password': 'short' })).start.slice(0, 3),
      '422',
    );
  for (let i = 0; i < 3; i++)
    assert.equal(
      (await desk.ask('PASSWORD', { ...change, Password: 'a wrong one' })).start.slice(0, 3),
      '403',
    );
  const throttled = await desk.ask('PASSWORD', change);
  assert.equal(throttled.start, '429 Too many wrong passwords');
  assert.match(throttled.headers['Retry-After'] ?? '', /^[1-9]/);
  assert.equal((await phone.ask('PING')).start, '200 Pong', 'nobody was thrown out');
  const stranger = await ParcelClient.connect(context, server);
  assert.equal((await stranger.ask('PASSWORD', change)).start, '403 Nobody is logged in');
  assert.equal((await stranger.ask('DEVICES')).start, '403 Nobody is logged in');
});

test('an owner sees the logins that are remembered, and ends one of them, or their own', async (context) => {
  const server = await testServer(context, { accounts });
  const { client: bob } = await ParcelClient.enter(context, server, 'LOGIN bob', { Password: accounts.bob });
  const { client: phone, answer } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const { client: desk } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const listed = async (client: ParcelClient) =>
    ((await client.ask('DEVICES')).body ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
  const [own = [], others = []] = (await listed(desk)).sort((a, b) => (b[3] ?? '').localeCompare(a[3] ?? ''));
  assert.deepEqual(
    [own.slice(3).join(' '), others.slice(3).join(' ')],
    ['yes CHAT/1.1 from 127.0.0.1', 'no CHAT/1.1 from 127.0.0.1'],
  );
  assert.ok(!JSON.stringify([own, others]).includes(answer.headers.Token ?? ''));
  assert.equal((await bob.ask(`REVOKE ${others[0]}`)).start, '404 You have no such device');
  assert.equal((await desk.ask('REVOKE phone')).start.slice(0, 3), '400');
  assert.equal((await desk.ask(`REVOKE ${others[0]}`)).start, '200 Revoked');
  assert.deepEqual(textsOf(await phone.until('DISCONNECT')), []);
  assert.equal((await desk.ask(`REVOKE ${others[0]}`)).start, '404 You have no such device');
  assert.equal((await listed(desk)).length, 1);
  const back = await ParcelClient.connect(context, server);
  assert.equal(
    (await back.ask('LOGIN alice', { Token: answer.headers.Token ?? '' })).start.slice(0, 3),
    '403',
  );
  assert.equal((await desk.ask(`REVOKE ${own[0]}`)).start, '200 Revoked', 'the answer comes before the end');
  assert.equal((await desk.next()).headers.Retry, 'no');
  assert.equal(await desk.wire.rest(), '');
});

test('who changed the password is logged in by the new token, and no more when that is revoked', async (context) => {
  const server = await testServer(context, { accounts });
  const { client: desk } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  await desk.ask('PASSWORD', change);
  const { client: phone } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    Password: change['New-Password'],
  });
  // The ids of tokens grow: 1 was that of the login, 2 is that of the change.
  assert.equal((await phone.ask('REVOKE 2')).start.slice(0, 3), '200');
  assert.equal((await desk.next()).start, 'DISCONNECT CHAT/1.1');
});

test('a guest who became an account changes its password', async (context) => {
  const server = await testServer(context);
  const { client, answer } = await ParcelClient.enter(context, server, 'REGISTER alice', { Follow: 'apple' });
  const second = await ParcelClient.connect(context, server);
  await second.ask('LOGIN alice', { Token: answer.headers.Token ?? '' });
  await client.ask('REGISTER alice', { Password: accounts.alice });
  assert.match((await client.ask('DEVICES')).body ?? '', /^\d+ \S+ \S+ yes CHAT\/1\.1 from 127\.0\.0\.1\n$/);
  assert.match((await second.ask('DEVICES')).body ?? '', / no CHAT/, 'it was let in by another token');
  assert.equal((await client.ask('PASSWORD', change)).start, '200 Password changed');
  assert.equal((await second.next()).start, 'DISCONNECT CHAT/1.1');
  assert.equal((await client.ask('FOLLOWS')).body, 'apple\n@alice\n@all\n');
});

const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

test(
  'no new password is taken from another machine in plain text',
  { skip: elsewhere === undefined && 'this machine has no address but its own' },
  async (context) => {
    const listen = [elsewhere ?? '', '127.0.0.1'].map((host) => ({ host, port: 0 }));
    const server = await testServer(context, { listen });
    const [outside, inside] = await Promise.all(
      server.addresses.map((address) => ParcelClient.connect(context, address)),
    );
    assert.ok(outside !== undefined && inside !== undefined);
    const { Token = '' } = (await outside.ask('REGISTER alice')).headers;
    await inside.ask('LOGIN alice', { Token });
    assert.equal((await inside.ask('REGISTER alice', alicesWay)).start, '200 Registered');
    assert.equal((await outside.ask('PASSWORD', change)).start, '426 TLS required');
    assert.equal((await inside.ask('PASSWORD', change)).start, '200 Password changed');
  },
);

test('LOGOUT forgets the login when it is told to, and its token lets nobody in', async (context) => {
  const server = await testServer(context, { accounts });
  const { client: phone, answer } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  const Token = answer.headers.Token ?? '';
  const { client: desk } = await ParcelClient.enter(context, server, 'LOGIN alice', { Token });
  assert.equal((await phone.ask('LOGOUT')).start, '200 Logged out');
  assert.equal((await phone.ask('LOGIN alice', { Token })).start, '200 Logged in', 'it was only a pause');
  assert.equal((await phone.ask('LOGOUT', { Forget: 'maybe' })).start, '400 Forget must be yes or no');
  assert.equal((await phone.ask('LOGOUT', { Forget: 'yes' })).start, '200 Logged out');
  assert.equal((await phone.ask('PING')).start, '200 Pong', 'the connection stays');
  assert.equal((await desk.next()).headers.Retry, 'no', 'who came with the same token goes too');
  assert.equal((await phone.ask('LOGIN alice', { Token })).start.slice(0, 3), '403');
  const { client: guest } = await ParcelClient.enter(context, server, 'REGISTER carol');
  assert.equal((await guest.ask('LOGOUT', { Forget: 'yes' })).start, '200 Logged out');
});
