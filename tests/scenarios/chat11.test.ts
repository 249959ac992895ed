import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

const accounts = { alice: 'correct horse', bob: 'battery staple' };
const alicesWay = { Password: accounts.alice };

test('a message says by which terms it reached its reader, and how many it reached', async (context) => {
  const server = await testServer(context);
  const { client: alice } = await ParcelClient.enter(context, server, 'REGISTER alice', {
    Follow: 'Apple, pie',
  });
  const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bob');
  const carol = await WireClient.register(context, server, 'carol');
  const sent = await bob.ask('SEND', { Id: 7 }, 'apple pie, @alice @carol');
  assert.equal(sent.start, '200 Sent');
  assert.deepEqual(sent.headers, { Position: '1', Reached: '2' });
  const got = await alice.next();
  assert.equal(got.start, 'MESSAGE CHAT/1.1');
  assert.equal(got.headers.From, 'bob');
  assert.equal(got.headers.Matched, '@alice, Apple, pie');
  assert.match(got.headers.Time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(got.body, 'apple pie, @alice @carol');
  assert.equal(await carol.line(), '@bob: apple pie, @alice @carol');
  const cast = await bob.ask('BROADCAST', {}, 'good day');
  assert.deepEqual(cast.headers, { Position: '2', Reached: '2' });
  assert.equal((await alice.next()).headers.Matched, '@all');
  assert.equal(await carol.line(), '@bob: good day');
});

test('requests are answered in their order, however they are mixed and sent at once', async (context) => {
  const server = await testServer(context);
  const { client } = await ParcelClient.enter(context, server, 'REGISTER alice');
  client.send('SEND', {}, 'one');
  client.send('PING');
  client.send('FOLLOW', { Term: 'pie' });
  client.send('SEND', {}, '');
  client.send('SENDTO nobody', {}, 'hello');
  client.send('SEND', {}, 'two');
  client.send('DANCE');
  client.send('FOLLOWS');
  client.send('LIST');
  client.send('DISCONNECT');
  const starts: string[] = [];
  for (let i = 0; i < 10; i++) starts.push((await client.next()).start);
  assert.deepEqual(starts, [
    '200 Sent',
    '200 Pong',
    '200 Now following',
    '400 The text is empty',
    '404 Nobody has the name nobody',
    '200 Sent',
    '400 That verb is not known',
    '200 Following',
    '200 Online',
    '200 Goodbye',
  ]);
  assert.equal(await client.wire.rest(), '');
});

test('a private message waits for an account that is not here; nobody may write to nobody', async (context) => {
  const server = await testServer(context, { accounts });
  const { client: bob } = await ParcelClient.enter(context, server, 'LOGIN bob', { Password: accounts.bob });
  assert.deepEqual((await bob.ask('SENDTO alice', {}, 'later')).headers, { Position: '1', Reached: '0' });
  assert.equal((await bob.ask('SENDTO bob', {}, 'me')).start.slice(0, 3), '422');
  assert.equal((await bob.ask('SENDTO Alice', {}, 'no')).start, '404 Nobody has the name Alice');
  const { client: alice } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  alice.send('HISTORY');
  assert.deepEqual(textsOf(await alice.until('200 End')), ['later']);
});

test('who sends too fast is told when to try again', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, messageRate: 10, limits: { accountsPollMs: 1e9 } });
  const { client } = await ParcelClient.enter(context, server, 'REGISTER alice');
  for (let i = 0; i < 21; i++) client.send('SEND', {}, `line ${i}`);
  for (let i = 0; i < 20; i++) assert.equal((await client.next()).start, '200 Sent');
  assert.deepEqual(await client.next(), {
    start: '429 Slow down',
    headers: { 'Retry-After': '1' },
    body: '',
  });
  clock.advance(100);
  assert.equal((await client.ask('SEND', {}, 'again')).start, '200 Sent');
});

test('who says nothing is dropped, in time', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, limits: { accountsPollMs: 1e9 } });
  const stranger = await ParcelClient.connect(context, server);
  await stranger.ask('PING');
  const { client: alice } = await ParcelClient.enter(context, server, 'REGISTER alice');
  clock.advance(30_000);
  const bye = await stranger.next();
  assert.deepEqual(bye.headers, { Reason: 'Nobody logged in for too long', Retry: 'no' });
  await alice.ask('PING');
  clock.advance(89_999);
  await alice.ask('PING');
  clock.advance(90_000);
  assert.equal((await alice.next()).headers.Retry, 'yes');
  assert.equal(await alice.wire.rest(), '');
});

test('a server that goes away answers what was asked, and says goodbye', async (context) => {
  const server = await testServer(context, { accounts });
  const { client } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  client.send('SEND', {}, 'the last');
  assert.equal((await client.next()).start, '200 Sent');
  await server.close();
  const bye = await client.next();
  assert.deepEqual(bye.headers, { Reason: 'The server goes away', Retry: 'yes' });
  assert.equal(await client.wire.rest(), '');
});

test('what cannot be read on ends the conversation, and is said', async (context) => {
  const server = await testServer(context);
  const { client } = await ParcelClient.enter(context, server, 'REGISTER alice');
  client.wire.send('SEND CHAT/1.1\nContent-Length: many\n\n');
  assert.equal((await client.next()).start, '400 Content-Length must be a whole number');
  assert.deepEqual((await client.next()).headers, { Reason: 'The rest cannot be understood', Retry: 'no' });
  assert.equal(await client.wire.rest(), '');
});

test('what a client sends before it is logged in is bounded in all, again after LOGOUT', async (context) => {
  const server = await testServer(context, { limits: { loginLines: 8 } });
  const client = await ParcelClient.connect(context, server);
  for (let at = 0; at < 2; at++) assert.equal((await client.ask('PING')).start, '200 Pong');
  assert.equal((await client.ask('REGISTER alice')).start, '200 Registered');
  for (let at = 0; at < 8; at++) assert.equal((await client.ask('PING')).start, '200 Pong');
  assert.equal((await client.ask('LOGOUT')).start, '200 Logged out');
  for (let at = 0; at < 4; at++) assert.equal((await client.ask('PING')).start, '200 Pong');
  assert.equal((await client.ask('PING')).start, '413 Too many lines before login');
});
