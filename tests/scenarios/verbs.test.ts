import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

test('a request that comes byte by byte is the same request', async (context) => {
  const server = await testServer(context);
  const john = await WireClient.connect(context, server);
  const bob = await WireClient.login(context, server, 'Bob');
  for (const byte of Buffer.from('login John\r\nsendto Bob grüße 👋\nlist\n')) {
    john.send(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  assert.deepEqual(await john.lines(3), ['RESPONSE ok', 'RESPONSE ok', 'LIST Bob John']);
  assert.equal(await bob.line(), 'SENDTO John grüße 👋');
});

test('requests in one segment get one answer each, in their order', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.login(context, server, 'Bob');
  const john = await WireClient.connect(context, server);
  const texts = Array.from({ length: 600 }, (_, i) => `number ${i}`);
  const messages = texts.map((text) => `sendto Bob ${text}\n`).join('');
  john.send(
    `list\nlogin John\n${messages}sendto Nobody x\nsendto Bob last\nnonsense\nlist\nlogout\nlogout\nlist\nexit\n`,
  );
  const expected = [
    ...['LIST Bob', 'RESPONSE ok', ...texts.map(() => 'RESPONSE ok')],
    ...['RESPONSE failure', 'RESPONSE ok', 'RESPONSE malformed', 'LIST Bob John'],
    ...['RESPONSE ok', 'RESPONSE failure', 'LIST Bob'],
  ];
  assert.equal(await john.rest(), `${expected.join('\n')}\n`);
  assert.deepEqual(
    await bob.lines(601),
    [...texts, 'last'].map((text) => `SENDTO John ${text}`),
  );
});

test('who only closes its own side still gets the answers to what it asked', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.login(context, server, 'Bob');
  const john = await WireClient.connect(context, server);
  john.socket.end('login John\nsendto Bob hello\nlist\n');
  assert.equal(await john.rest(), 'RESPONSE ok\nRESPONSE ok\nLIST Bob John\n');
  assert.equal(await bob.line(), 'SENDTO John hello');
});

test('the last request counts without its line end, when the client closes its side', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.login(context, server, 'Bob');
  const john = await WireClient.connect(context, server);
  john.socket.end('login John\nsendto Bob hello');
  assert.equal(await john.rest(), 'RESPONSE ok\nRESPONSE ok\n');
  assert.equal(await bob.line(), 'SENDTO John hello');
  const stranger = await WireClient.connect(context, server);
  stranger.socket.end('list');
  assert.equal(await stranger.rest(), 'LIST Bob\n');
});

test('names have 20 characters and texts 65,535, and not one more', async (context) => {
  const server = await testServer(context);
  const longest = 'x'.repeat(20);
  const bob = await WireClient.login(context, server, longest);
  const john = await WireClient.connect(context, server);
  assert.equal(await john.ask(`login ${longest}x`), 'RESPONSE malformed');
  assert.equal(await john.ask('login John'), 'RESPONSE ok');
  assert.equal(await john.ask(`sendto ${longest}x hello`), 'RESPONSE malformed');
  for (const letter of ['x', '👋']) {
    const text = letter.repeat(65_535);
    assert.equal(await john.ask(`sendto ${longest} ${text}`), 'RESPONSE ok');
    assert.equal(await bob.line(), `SENDTO John ${text}`);
    assert.equal(await john.ask(`sendto ${longest} ${text}${letter}`), 'RESPONSE malformed');
    assert.equal(await john.ask(`sendto ${longest} ${text}${text}`), 'RESPONSE malformed');
  }
});

test('bytes that are no text, and control characters, are malformed and reach nobody', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.login(context, server, 'Bob');
  const strange = await WireClient.connect(context, server);
  assert.equal(await strange.ask('login J\x1bhn'), 'RESPONSE malformed', 'the first line among them');
  assert.equal(await strange.ask('login John'), 'RESPONSE ok');
  strange.send(Buffer.from('sendto Bob \xc3\x28\nsendto Bob \x1b[2J\n\n', 'latin1'));
  assert.deepEqual(await strange.lines(3), Array(3).fill('RESPONSE malformed'));
  assert.equal(await strange.ask('sendto Bob a\ttab'), 'RESPONSE ok');
  assert.equal(await bob.line(), 'SENDTO John a\ttab');
});

test('names that nobody may have are refused, not malformed', async (context) => {
  const server = await testServer(context);
  const john = await WireClient.connect(context, server);
  for (const name of ['all', 'ALL', '-john', 'jo@hn', 'jöhn', '__proto__']) {
    assert.equal(await john.ask(`login ${name}`), 'RESPONSE failure', name);
  }
  assert.equal(await john.ask('login constructor'), 'RESPONSE ok');
});

test('of fifty who log in with one name at once, in either protocol, one gets it', async (context) => {
  const server = await testServer(context);
  const clients = await Promise.all(Array.from({ length: 50 }, () => WireClient.connect(context, server)));
  for (const [index, client] of clients.entries())
    client.send(index % 2 === 0 ? 'login alice\n' : 'REGISTER alice CHAT/1.0\n');
  const answers = await Promise.all(clients.map((client) => client.line()));
  assert.equal(answers.filter((answer) => /ok$|^200/.test(answer)).length, 1);
});

test('a name is free again when its client has logged out or is gone, however it went', async (context) => {
  const server = await testServer(context);
  const watcher = await WireClient.connect(context, server);
  for (const leave of [
    (client: WireClient) => client.send('logout\n'),
    (client: WireClient) => client.send('exit\n'),
    (client: WireClient) => client.socket.end(),
    (client: WireClient) => client.socket.resetAndDestroy(),
  ]) {
    const john = await WireClient.login(context, server, 'John');
    leave(john);
    while ((await watcher.ask('list')) !== 'LIST') {}
  }
  await WireClient.register(context, server, 'John');
});

test('the two protocols are one chat', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const eve = await WireClient.register(context, server, 'eve', 'Follow: *, @John, @alice, secret\n\n');
  assert.match(await eve.ask('!follow?'), /^\*/);
  const john = await WireClient.login(context, server, 'John');
  const bob = await WireClient.login(context, server, 'bob');
  assert.equal(await bob.ask('list'), 'LIST alice eve John bob');
  assert.equal(await alice.ask('!list'), 'alice, eve, John, bob');
  assert.equal(await john.ask('sendto alice a secret, @bob @all'), 'RESPONSE ok');
  assert.equal(await alice.line(), '@John: (private) a secret, @bob @all');
  assert.equal(await alice.ask('!msg John another secret'), 'Message sent to John');
  assert.equal(await john.line(), 'SENDTO alice another secret');
  alice.send('hello @John\n');
  assert.equal(await john.line(), 'SENDTO alice hello @John');
  // What else bob and eve had got by then would stand before these.
  alice.send('hello @all\n');
  assert.equal(await john.line(), 'SENDTO alice hello @all');
  assert.equal(await bob.line(), 'SENDTO alice hello @all');
  assert.deepEqual(await eve.lines(2), ['@alice: hello @John', '@alice: hello @all']);
  assert.equal(await alice.ask('!attach sub/note.txt @all'), 'ATTACH sub/note.txt CHAT/1.0');
  assert.match(await alice.ask('Content-Length: 18\n18 bytes, no more.'), /distributed/);
  assert.equal(await john.line(), 'SENDTO alice attached note.txt (18 bytes)');
});

test('who logs in follows what the server was told by --default-follow', async (context) => {
  const server = await testServer(context, { defaultFollow: ['apple'] });
  const alice = await WireClient.register(context, server, 'alice');
  const john = await WireClient.login(context, server, 'John');
  alice.send('a pineapple\nan apple\n');
  assert.equal(await john.line(), 'SENDTO alice an apple');
});

test('nothing that is said after a logout arrives, whoever the connection or the name is by then', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice');
  const john = await WireClient.login(context, server, 'John');
  assert.equal(await john.ask('logout'), 'RESPONSE ok');
  assert.equal(await alice.ask('!msg John hello'), 'Error:  John is not online');
  alice.send('to nobody, @John @all\n');
  assert.equal(await alice.ask('!history'), '@alice: to nobody, @John @all', 'it is committed');
  assert.equal(await john.ask('login Johnny'), 'RESPONSE ok');
  const other = await WireClient.login(context, server, 'John');
  assert.equal(await alice.ask('!msg John to the other'), 'Message sent to John');
  alice.send('hello @Johnny\n');
  assert.equal(await john.line(), 'SENDTO alice hello @Johnny');
  assert.equal(await other.line(), 'SENDTO alice to the other');
});

test('a user over the rate is slowed down, logging in anew or not, and far over it is refused', async (context) => {
  const limits = { messageBurst: 2, rateDelayMs: 10 };
  const server = await testServer(context, { messageRate: 1, limits });
  await WireClient.login(context, server, 'Bob');
  const john = await WireClient.login(context, server, 'John');
  const message = 'sendto Bob hello\n';
  john.send(`${message}${message}${message}logout\nlogin John\n${message}`);
  const [ok, failure] = ['RESPONSE ok', 'RESPONSE failure'];
  assert.deepEqual(await john.lines(6), [ok, ok, failure, ok, ok, failure]);

  const slow = await testServer(context, { messageRate: 200, limits: { messageBurst: 5 } });
  const reader = await WireClient.login(context, slow, 'Bob');
  const sender = await WireClient.login(context, slow, 'John');
  for (let i = 0; i < 30; i++) sender.send(`sendto Bob ${i}\n`);
  assert.deepEqual(
    await reader.lines(30),
    Array.from({ length: 30 }, (_, i) => `SENDTO John ${i}`),
  );
});

test('a message whose receiver leaves while it is on its way has failed', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, messageRate: 1, limits: { messageBurst: 1 } });
  const bob = await WireClient.login(context, server, 'Bob');
  const john = await WireClient.login(context, server, 'John');
  john.send('sendto Bob now\nsendto Bob a second later\nlist\n');
  assert.equal(await bob.line(), 'SENDTO John now');
  while (!clock.isAwaitedWithin(1_000)) await new Promise(setImmediate);
  assert.equal(await bob.ask('logout'), 'RESPONSE ok');
  clock.advance(1_000);
  assert.deepEqual(await john.lines(3), ['RESPONSE ok', 'RESPONSE failure', 'LIST John']);
});

test('when the receiver has an account and leaves meanwhile, it has failed, and they get it later', async (context) => {
  const clock = new FakeClock();
  const password = 'correct horse';
  const limits = { messageBurst: 1 };
  const server = await testServer(context, { clock, messageRate: 1, limits, accounts: { alice: password } });
  const { client } = await ParcelClient.enter(context, server, 'LOGIN alice', { Password: password });
  const john = await WireClient.login(context, server, 'John');
  john.send('sendto alice now\nsendto alice a second later\n');
  assert.equal((await client.next()).body, 'now');
  while (!clock.isAwaitedWithin(1_000)) await new Promise(setImmediate);
  assert.equal((await client.ask('LOGOUT')).start, '200 Logged out');
  clock.advance(1_000);
  assert.deepEqual(await john.lines(2), ['RESPONSE ok', 'RESPONSE failure']);
  assert.equal((await client.ask('LOGIN alice', { Password: password })).start, '200 Logged in');
  client.send('HISTORY');
  assert.deepEqual([(await client.next()).body, (await client.next()).body], ['now', 'a second later']);
});

test('a server that goes away finishes what was asked for, and closes without a word', async (context) => {
  const server = await testServer(context);
  const idle = await WireClient.connect(context, server);
  assert.equal(await idle.ask('list'), 'LIST');
  const bob = await WireClient.login(context, server, 'Bob');
  const john = await WireClient.login(context, server, 'John');
  for (let i = 0; i < 200; i++) john.send(`sendto Bob ${i}\n`);
  assert.equal(await john.line(), 'RESPONSE ok');
  const closed = server.close();
  const got = await bob.rest();
  const answers = await john.rest();
  assert.equal(await idle.rest(), '');
  await closed;
  assert.match(got, /^(SENDTO John [0-9]+\n)+$/);
  assert.match(answers, /^(RESPONSE ok\n)+$/);
  assert.equal(got.split('\n').length, answers.split('\n').length + 1, 'one answer a message');
});

test('who only speaks verbs before logging in is still a stranger', async (context) => {
  const server = await testServer(context, { limits: { limitLoopback: 1, unregisteredConnections: 1 } });
  const john = await WireClient.login(context, server, 'John');
  const stranger = await WireClient.connect(context, server);
  assert.equal(await stranger.ask('list'), 'LIST John');
  await WireClient.connect(context, server);
  assert.equal(await stranger.rest(), '');
  assert.equal(await john.ask('list'), 'LIST John');
});

test('what was said with verbs is in no log line', async (context) => {
  const logged: string[] = [];
  const server = await testServer(context, { onLogLine: (line) => logged.push(line) });
  const john = await WireClient.login(context, server, 'John');
  const bob = await WireClient.login(context, server, 'Bob');
  john.send('sendto Bob canary\nsendto canary x\ncanary\nexit\n');
  assert.equal(await john.rest(), 'RESPONSE ok\nRESPONSE failure\nRESPONSE malformed\n');
  assert.equal(await bob.line(), 'SENDTO John canary');
  assert.ok(logged.some((line) => line.includes('logged out')));
  assert.ok(!logged.some((line) => line.includes('canary')));
});
