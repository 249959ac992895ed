import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
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
  assert.equal(got.headers.Matched, 'Apple, pie, @alice');
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

test('whoever comes back with a position gets what was for them since, then what is new', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const first = await testServer(context, { accounts, dataFolder });
  const { client, answer } = await ParcelClient.enter(context, first, 'LOGIN alice', {
    ...alicesWay,
    Follow: 'apple',
  });
  const { client: bob } = await ParcelClient.enter(context, first, 'REGISTER bobby');
  await client.ask('DISCONNECT');
  await bob.ask('SEND', {}, 'an apple');
  await bob.ask('SEND', {}, 'a pear');
  await bob.ask('SENDTO alice', {}, 'for you alone');
  await first.close();
  const server = await testServer(context, { dataFolder });
  const { Epoch = '', Position = '' } = answer.headers;
  const { client: back } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    ...alicesWay,
    Since: Position,
    Epoch,
  });
  const missed = await back.until('CAUGHT-UP');
  assert.deepEqual(textsOf(missed), ['an apple', 'for you alone']);
  assert.deepEqual(
    missed.map(({ headers }) => headers.Matched),
    ['apple', undefined, '2'],
  );
  assert.equal(missed.at(-1)?.headers.Of, '3');
  assert.deepEqual(
    missed.map(({ headers }) => headers.Replay),
    [undefined, undefined, undefined],
  );
  const { client: carol } = await ParcelClient.enter(context, server, 'REGISTER carol');
  await carol.ask('SEND', {}, 'apple again');
  assert.equal((await back.next()).body, 'apple again');
});

test('a position of another epoch, or one that was never reached, resets', async (context) => {
  const server = await testServer(context, { accounts });
  for (const headers of [
    { Since: '0', Epoch: 'another' },
    { Since: '99', Epoch: '' },
  ]) {
    const { client, answer } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
    const epoch = answer.headers.Epoch ?? '';
    await client.ask('LOGOUT');
    client.send('LOGIN alice', { ...alicesWay, ...headers, Epoch: headers.Epoch || epoch });
    assert.equal((await client.next()).start, '200 Logged in');
    assert.deepEqual(await client.next(), { start: 'RESET CHAT/1.1', headers: { Epoch: epoch }, body: '' });
  }
});

test('sending again under the same id stores nothing, for an account even after a restart', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const first = await testServer(context, { accounts, dataFolder });
  const { client } = await ParcelClient.enter(context, first, 'LOGIN alice', alicesWay);
  assert.equal((await client.ask('SEND', { Id: 'a' }, 'once')).headers.Position, '1');
  assert.equal((await client.ask('SEND', { Id: 'a' }, 'once')).headers.Position, '1');
  assert.equal((await client.ask('SEND', { Id: 'b' }, 'twice')).headers.Position, '2');
  await first.close();
  const server = await testServer(context, { dataFolder });
  const { client: again } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  assert.equal((await again.ask('SEND', { Id: 'a' }, 'once')).headers.Position, '1');
  const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bobby');
  assert.equal((await bob.ask('SEND', { Id: 'a' }, 'mine')).headers.Position, '3');
  await bob.ask('LOGOUT');
  await bob.ask('REGISTER bobby');
  assert.equal((await bob.ask('SEND', { Id: 'a' }, 'of another guest')).headers.Position, '4');
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

test('history is what reached one and what one said, by range and by word', async (context) => {
  const server = await testServer(context, { accounts });
  const { client: alice } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    ...alicesWay,
    Follow: 'apple',
  });
  const { client: bob } = await ParcelClient.enter(context, server, 'LOGIN bob', { Password: accounts.bob });
  const { client: carol } = await ParcelClient.enter(context, server, 'REGISTER carol', { Follow: '*' });
  await bob.ask('SEND', {}, 'apple 1');
  await bob.ask('SEND', {}, 'pear 2');
  await alice.ask('SEND', {}, 'mine 3');
  await bob.ask('SENDTO alice', {}, 'secret apple 4');
  await bob.ask('SEND', {}, 'apple 5');
  const ask = async (client: ParcelClient, headers: Record<string, string>): Promise<string[]> => {
    await client.ask('LOGOUT');
    client.send('LOGIN alice', alicesWay);
    await client.until('200 Logged in');
    client.send('HISTORY', headers);
    const parcels = await client.until('200 End');
    for (const { start, headers: got } of parcels.slice(0, -1)) {
      assert.equal(start, 'MESSAGE CHAT/1.1');
      assert.equal(got.Replay, 'yes');
    }
    return textsOf(parcels);
  };
  const reader = await ParcelClient.connect(context, server);
  await reader.ask('REGISTER reader');
  assert.deepEqual(await ask(reader, {}), ['apple 1', 'mine 3', 'secret apple 4', 'apple 5']);
  assert.deepEqual(await ask(reader, { Limit: '2' }), ['secret apple 4', 'apple 5']);
  assert.deepEqual(await ask(reader, { Limit: '2', After: '0' }), ['apple 1', 'mine 3']);
  assert.deepEqual(await ask(reader, { Before: '5', Limit: '1' }), ['secret apple 4']);
  assert.deepEqual(await ask(reader, { Match: 'Apple' }), ['apple 1', 'secret apple 4', 'apple 5']);
  assert.deepEqual(await ask(reader, { Match: 'apple', Limit: '1', After: '1' }), ['secret apple 4']);
  assert.deepEqual(await ask(reader, { Match: '@bob' }), ['apple 1', 'apple 5']);
  assert.deepEqual(await ask(reader, { Match: 'pear' }), []);
  carol.send('HISTORY', { Limit: 200 });
  assert.ok(!textsOf(await carol.until('200 End')).includes('secret apple 4'));
});

test('who follows a term from a position on is shown what was said about it before', async (context) => {
  const server = await testServer(context);
  const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bob');
  for (const text of ['pie 1', 'cake 2', 'pie 3']) await bob.ask('SEND', {}, text);
  const { client: alice } = await ParcelClient.enter(context, server, 'REGISTER alice');
  alice.send('FOLLOW', { Term: 'pie', Since: 1 });
  const parcels = await alice.until('200 Now following');
  assert.deepEqual(textsOf(parcels), ['pie 3']);
  assert.equal(parcels[0]?.headers.Replay, 'yes');
  assert.equal((await alice.ask('FOLLOW', { Term: 'PIE' })).start, '409 You follow PIE already');
  assert.equal((await alice.ask('UNFOLLOW', { Term: 'cake' })).start, '404 You do not follow cake');
  assert.equal((await alice.ask('UNFOLLOW', { Term: '@all' })).start, '422 Everybody follows @all');
  assert.equal((await alice.ask('UNFOLLOW', { Term: 'pie' })).start, '200 No longer following');
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
  assert.equal((await client.next()).start, '400 Content-Length has to be a whole number');
  assert.deepEqual((await client.next()).headers, { Reason: 'The rest cannot be understood', Retry: 'no' });
  assert.equal(await client.wire.rest(), '');
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
