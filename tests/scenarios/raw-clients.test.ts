import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import type { Server } from '../../src/server/server.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

/** Clients that send no line ends, and take each read for one message. */

async function connectRaw(context: TestContext, server: Server, opening: string): Promise<WireClient> {
  const client = await WireClient.connect(context, server);
  client.send(opening);
  return client;
}

/** What comes next, which must be exactly `text`. */
async function gets(client: WireClient, text: string): Promise<void> {
  assert.equal((await client.bytes(text.length)).toString(), text);
}

async function registerRaw(context: TestContext, server: Server, name: string): Promise<WireClient> {
  const client = await connectRaw(context, server, `REGISTER ${name} CHAT/1.0`);
  await gets(client, '200 Registration successful');
  return client;
}

test('a client that sends no line ends gets none, and one line in each read', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  const alice = await registerRaw(context, server, 'alice');
  alice.send('@alice: hello @all');
  assert.equal(await bob.line(), '@alice: hello @all');
  bob.send('one @alice\ntwo @alice\nthree @alice\n');
  await gets(alice, '@bob: one @alice@bob: two @alice@bob: three @alice');
  assert.deepEqual(alice.segments.slice(1), ['@bob: one @alice', '@bob: two @alice', '@bob: three @alice']);
  alice.send('@alice: !list');
  await gets(alice, 'bob, alice');
  alice.send('an escape \x1b[2J for @all');
  await gets(alice, 'Error:  That line holds control characters');
  alice.send('@alice: two lines @bob\r\n@alice: in one read @bob');
  assert.deepEqual(await bob.lines(2), ['@alice: two lines @bob', '@alice: in one read @bob']);
  alice.send('DISCONNECT alice CHAT/1.0');
  assert.equal(await alice.rest(), '');
  while ((await bob.ask('!list')) !== 'bob') {}
});

test('the misspelt REGESTER counts without a line end, and only so', async (context) => {
  const server = await testServer(context);
  const alice = await connectRaw(context, server, 'REGESTER alice CHAT/1.0');
  await gets(alice, '200 Registration successful');
  const bob = await WireClient.connect(context, server);
  bob.send('REGESTER bob CHAT/1.0\n');
  assert.equal(await bob.rest(), '400 Invalid registration\n');
});

test('a refusal has no line end either, and is read before the connection ends', async (context) => {
  const server = await testServer(context, { accounts: { carol: 'correct-horse' } });
  await WireClient.register(context, server, 'alice');
  for (const [name, answer] of [
    ['alice', '401 Client already registered'],
    ['carol', '403 Password required'],
  ]) {
    const client = await connectRaw(context, server, `REGISTER ${name} CHAT/1.0`);
    assert.equal(await client.rest(), answer);
  }
});

test('an invalid registration without a line end is refused before its time is up', async (context) => {
  const logged: string[] = [];
  const server = await testServer(context, {
    onLogLine: (line) => logged.push(line),
    limits: { loginMs: 1_000_000 },
  });
  for (const opening of [
    'REGISTER all CHAT/1.0',
    'REGESTER all CHAT/1.0',
    'REGISTER two words CHAT/1.0',
    'REGISTER CHAT/1.0',
    'REGISTER alice CHAT/2.0',
  ]) {
    const client = await connectRaw(context, server, opening);
    assert.equal(await client.rest(), '400 Invalid registration', opening);
  }
  const reasons = logged.map((line) => JSON.parse(line)).flatMap(({ reason }) => reason ?? []);
  assert.deepEqual(reasons, Array(5).fill('invalid registration'));
});

test('goodbye comes in a read of its own', async (context) => {
  const server = await testServer(context);
  const alice = await registerRaw(context, server, 'alice');
  alice.send('@alice: !follow?\n@alice: !exit');
  assert.equal(await alice.rest(), '@alice, @allDISCONNECT CHAT/1.0');
  assert.deepEqual(alice.segments, ['200 Registration successful', '@alice, @all', 'DISCONNECT CHAT/1.0']);
  const bob = await registerRaw(context, server, 'bob');
  await server.close();
  assert.equal(await bob.rest(), 'DISCONNECT CHAT/1.0');
});

test('a REGISTER whose line end comes later, or with another beginning, is no raw one', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.connect(context, server);
  alice.send('REGISTER alice CHAT/1.0');
  await new Promise(setImmediate);
  alice.send('\n');
  assert.equal(await alice.line(), '200 Registration successful');
  const bob = await WireClient.connect(context, server);
  for (const byte of Buffer.from('REGISTER bob CHAT/1.0')) {
    bob.send(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  // The same silence passes for this one.
  await registerRaw(context, server, 'carol');
  assert.equal(bob.received, 0);
  bob.send('\n');
  assert.equal(await bob.line(), '200 Registration successful');
});

test('a raw client who is registered is no stranger to the limits', async (context) => {
  const server = await testServer(context, { limits: { limitLoopback: 1, unregisteredConnections: 1 } });
  const alice = await registerRaw(context, server, 'alice');
  const first = await WireClient.connect(context, server);
  const second = await WireClient.connect(context, server);
  assert.equal(await first.rest(), '', 'the oldest stranger makes room');
  assert.equal(await second.ask('list'), 'LIST alice');
  alice.send('@alice: !list');
  await gets(alice, 'alice');
});

test('a raw client that reads slowly loses nothing', async (context) => {
  const server = await testServer(context, { limits: { outboxBytes: 200 } });
  const alice = await registerRaw(context, server, 'alice');
  const bob = await WireClient.register(context, server, 'bob');
  const texts = Array.from({ length: 20 }, (_, at) => `${at} @alice`);
  bob.send(texts.map((text) => `${text}\n`).join(''));
  await gets(alice, texts.map((text) => `@bob: ${text}`).join(''));
});

interface RawHabit {
  readonly does: string;
  readonly registers?: string;
  readonly says?: (text: string) => string;
  /** What it sends before it ends; undefined when it only ends. */
  readonly leaves?: string | undefined;
  readonly ends?: 'half' | 'reset';
}

/** Six clients that students wrote, by what each sends. */
const rawHabits: readonly RawHabit[] = [
  { does: 'does as its course says, without line ends' },
  { does: 'misspells REGISTER', registers: 'REGESTER alice CHAT/1.0' },
  { does: 'puts no name in front of what it says', says: (text) => text },
  { does: 'ends its messages with a line end, but not REGISTER', says: (text) => `@alice: ${text}\r\n` },
  { does: 'never says DISCONNECT, and is killed', leaves: undefined, ends: 'reset' },
  { does: 'leaves by a command, and reads on to the end', leaves: '@alice: !exit', ends: 'half' },
];

for (const { does, registers, says = (text: string) => `@alice: ${text}`, ends, ...habit } of rawHabits) {
  test(`a client that ${does} chats with earshot's own clients, both ways`, async (context) => {
    const server = await testServer(context);
    const bob = await connect({ host: '127.0.0.1', port: server.port }, { name: 'bob', stateFolder: false });
    context.after(() => bob.close());
    const heard: string[] = [];
    const hears = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => heard.length >= count && resolve();
        bob.on('message', look);
        look();
      });
    bob.on('message', ({ from, text }) => heard.push(`${from}: ${text}`));
    const alice = await connectRaw(context, server, registers ?? 'REGISTER alice CHAT/1.0');
    await gets(alice, '200 Registration successful');
    alice.send(says('hello @bob'));
    await hears(1);
    await bob.send('hello @alice');
    await gets(alice, '@bob: hello @alice');
    await bob.send('and once more, @alice');
    await gets(alice, '@bob: and once more, @alice');
    alice.send(says('bye @bob'));
    await hears(2);
    assert.deepEqual(heard, ['alice: hello @bob', 'alice: bye @bob']);
    const last = 'leaves' in habit ? habit.leaves : 'DISCONNECT alice CHAT/1.0';
    if (last !== undefined) alice.send(last);
    if (ends === 'reset') alice.socket.resetAndDestroy();
    else assert.equal(await alice.rest(), ends === 'half' ? 'DISCONNECT CHAT/1.0' : '');
    while ((await bob.list()).length > 1) await new Promise(setImmediate);
  });
}
