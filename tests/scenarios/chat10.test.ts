import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

test('a line that comes byte by byte is the same line', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.connect(context, server);
  const bob = await WireClient.register(context, server, 'bob');
  for (const byte of Buffer.from('REGISTER alice CHAT/1.0\r\n\n@alice: hellö @all\n')) {
    alice.send(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  assert.equal(await alice.line(), '200 Registration successful');
  assert.equal(await bob.line(), '@alice: hello @all');
});

test('many lines in one segment are many lines, and each answer leaves in one write', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.connect(context, server);
  alice.send('REGISTER alice CHAT/1.0\n@alice: !list\n@alice: !follow apple\n@alice: !follow?\n!exit\n');
  assert.equal(
    await alice.rest(),
    '200 Registration successful\nalice\nNow following apple\n@alice, @all, apple\nDISCONNECT CHAT/1.0\n',
  );
  for (const segment of alice.segments) assert.ok(segment.endsWith('\n'), 'no line comes in two segments');
});

test('followers of everything get everything, as in asn2', async (context) => {
  const server = await testServer(context, { defaultFollow: ['*'] });
  const alice = await WireClient.register(context, server, 'alice');
  const bob = await WireClient.register(context, server, 'bob');
  alice.send('@alice: hello\n');
  assert.equal(await bob.line(), '@alice: hello');
  assert.equal(await bob.ask('!follow?'), '*, @bob, @all');
});

test('with --chat10-charset utf-8 texts come as they were sent', async (context) => {
  const server = await testServer(context, { chat10Charset: 'utf-8' });
  const alice = await WireClient.register(context, server, 'alice');
  const bob = await WireClient.register(context, server, 'bob');
  alice.send('@alice: grüße 👋 @all\n');
  assert.equal(await bob.line(), '@alice: grüße 👋 @all');
});

test('of fifty who register one name at once, one gets it', async (context) => {
  const server = await testServer(context);
  const clients = await Promise.all(Array.from({ length: 50 }, () => WireClient.connect(context, server)));
  for (const client of clients) client.send('REGISTER alice CHAT/1.0\n');
  const answers = await Promise.all(clients.map((client) => client.line()));
  assert.equal(answers.filter((answer) => answer === '200 Registration successful').length, 1);
  assert.equal(answers.filter((answer) => answer === '401 Client already registered').length, 49);
});

test('a name is free again when its client is gone, however it went', async (context) => {
  const server = await testServer(context);
  for (const leave of [
    (client: WireClient) => client.send('DISCONNECT alice CHAT/1.0\n'),
    (client: WireClient) => client.send('DISCONNECT somebody-else CHAT/1.0\n'),
    (client: WireClient) => client.socket.end(),
    (client: WireClient) => client.socket.resetAndDestroy(),
  ]) {
    const alice = await WireClient.register(context, server, 'alice');
    const watcher = await WireClient.register(context, server, 'watcher');
    leave(alice);
    while ((await watcher.ask('!list')) !== 'watcher') {}
    watcher.send('!exit\n');
    await watcher.rest();
  }
  await WireClient.register(context, server, 'alice');
});

test('who only closes its own side still gets the answers to what it asked', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.connect(context, server);
  const bob = await WireClient.register(context, server, 'bob');
  alice.socket.end('REGISTER alice CHAT/1.0\n@alice: !list\n@alice: !msg bob hello\n');
  assert.equal(await alice.rest(), '200 Registration successful\nbob, alice\nMessage sent to bob\n');
  assert.equal(await bob.line(), '@alice: (private) hello');
});

test('the last line counts without its line end, when the client closes its side', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  for (const [last, answer, heard] of [
    ['@alice: hello @bob', '', '@alice: hello @bob'],
    ['@alice: hello @bob\r', '', '@alice: hello @bob'],
    ['!msg bob hello', 'Message sent to bob\n', '@alice: (private) hello'],
    ['!exit', 'DISCONNECT CHAT/1.0\n'],
    ['caf\xe9 @bob', 'Error:  That line is not valid UTF-8\n'],
  ] as const) {
    const alice = await WireClient.connect(context, server);
    alice.socket.end(`REGISTER alice CHAT/1.0\n${last}`, 'latin1');
    assert.equal(await alice.rest(), `200 Registration successful\n${answer}`);
    if (heard !== undefined) assert.equal(await bob.line(), heard);
    while ((await bob.ask('!list')) !== 'bob') {}
  }
  const quick = await WireClient.connect(context, server);
  quick.socket.end('REGISTER quick CHAT/1.0');
  assert.equal(await quick.rest(), '200 Registration successful\n');
  const late = await WireClient.register(context, server, 'late');
  late.send('that comes late @b');
  while ((await bob.ask('!list')) !== 'bob, late') {}
  late.socket.end('ob');
  assert.equal(await bob.line(), '@late: that comes late @bob');
});

test('half a line of a connection that breaks, and half a file, are nothing', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  const alice = await WireClient.register(context, server, 'alice');
  alice.send('half a line @bob');
  alice.socket.resetAndDestroy();
  while ((await bob.ask('!list')) !== 'bob') {}
  const carol = await WireClient.register(context, server, 'carol');
  assert.equal(await carol.ask('!attach note.txt @bob'), 'ATTACH note.txt CHAT/1.0');
  carol.socket.end('Content-Length: 100\nhalf a file @bob');
  assert.equal(await carol.rest(), 'Error:  Attached file note.txt could not be sent\nDISCONNECT CHAT/1.0\n');
  assert.equal(await bob.ask('!list'), 'bob');
});

test('a text of 65,535 characters arrives whole, one more is refused', async (context) => {
  const server = await testServer(context, { chat10Charset: 'utf-8' });
  const alice = await WireClient.register(context, server, 'alice');
  const bob = await WireClient.register(context, server, 'bob');
  const longest = `@bob ${'👋'.repeat(65_530)}`;
  alice.send(`@alice: ${longest}\n`);
  assert.equal(await bob.line(), `@alice: ${longest}`);
  assert.equal(await alice.ask(`@alice: ${longest}x`), 'Error:  A message has at most 65535 characters');
  assert.match(await alice.ask(`@alice: ${longest}${'👋'.repeat(100)}`), /^Error: {2}That line is too long/);
  alice.send('@alice: still here, @bob\n');
  assert.equal(await bob.line(), '@alice: still here, @bob');
});

test('a user over the rate is slowed down, and loses nothing', async (context) => {
  const server = await testServer(context, { messageRate: 200, limits: { messageBurst: 5 } });
  const alice = await WireClient.register(context, server, 'alice');
  const bob = await WireClient.register(context, server, 'bob');
  for (let i = 0; i < 30; i++) alice.send(`@alice: @bob ${i}\n`);
  const expected = Array.from({ length: 30 }, (_, i) => `@alice: @bob ${i}`);
  assert.deepEqual(await bob.lines(30), expected);
});

test('a user too far over the rate is told which message was not sent, and gains nothing by coming back', async (context) => {
  const server = await testServer(context, { messageRate: 1, limits: { messageBurst: 1, rateDelayMs: 10 } });
  const before = await WireClient.register(context, server, 'alice');
  before.send('@alice: one\n!exit\n');
  await before.rest();
  const alice = await WireClient.register(context, server, 'alice');
  assert.equal(
    await alice.ask('@alice: two'),
    'Error:  Too many messages; wait a moment and send "two" again',
  );
});

test('a follow list has at most 200 terms, also from the start', async (context) => {
  const server = await testServer(context);
  const terms = Array.from({ length: 250 }, (_, i) => `t${i}`);
  const alice = await WireClient.register(context, server, 'alice', `Follow: ${terms.join(',')}\n\n`);
  assert.match(await alice.line(), /^Error: {2}Too many terms; these are not followed: t198, /);
  assert.equal((await alice.ask('!follow?')).split(', ').length, 200);
  assert.match(await alice.ask('!follow one-more'), /^Error: {2}You follow 200 terms/);
});

test('bad terms in a Follow: header are told, the others count', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice', 'Follow: apple, two words, "x"\n\n');
  assert.equal(
    await alice.line(),
    'Error:  Cannot follow two words: A term is one word, or several in double quotes: "apple pie"',
  );
  assert.match(await alice.line(), /^Error: {2}Cannot follow "x": /);
  assert.equal(await alice.ask('!follow?'), 'apple, @alice, @all');
});

test('of tens of thousands of terms in a Follow: header few are looked at, and all are accounted for', async (context) => {
  const server = await testServer(context);
  const terms = Array.from({ length: 10_000 }, (_, i) => `é${i % 500}`);
  const normalize = context.mock.method(String.prototype, 'normalize');
  const alice = await WireClient.register(context, server, 'alice', `Follow: ${terms.join(',')}\n\n`);
  const answer = await alice.line();
  assert.ok(normalize.mock.callCount() < 10_000, `${normalize.mock.callCount()} calls`);
  assert.match(answer, /not followed: e198, .* and 9594 more$/);
  assert.equal((await alice.ask('!follow?')).split(', ').length, 200);
});

test('!help names every command', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice');
  alice.send('!help\n!exit\n');
  const help = await alice.rest();
  for (const verb of [
    '!list',
    '!follow?',
    '!follow TERM',
    '!unfollow TERM',
    '!msg NAME TEXT',
    '!attach FILE TERM...',
    '!history [N]',
    '!exit',
  ]) {
    assert.ok(help.includes(verb), verb);
  }
});

test('messages of one sender come in the order they were sent, to all', async (context) => {
  const server = await testServer(context);
  const senders = await Promise.all(
    ['a', 'b', 'c'].map((name) => WireClient.register(context, server, name)),
  );
  const readers = await Promise.all(['x', 'y'].map((name) => WireClient.register(context, server, name)));
  for (let i = 0; i < 300; i++) for (const sender of senders) sender.send(`${i} @all\n`);
  const [first, second] = await Promise.all(readers.map((reader) => reader.lines(900)));
  assert.deepEqual(first, second);
  for (const name of ['a', 'b', 'c']) {
    const own = first?.filter((line) => line.startsWith(`@${name}: `));
    assert.deepEqual(
      own,
      Array.from({ length: 300 }, (_, i) => `@${name}: ${i} @all`),
    );
  }
});

test('what was said is in no log line', async (context) => {
  const logged: string[] = [];
  const server = await testServer(context, { onLogLine: (line) => logged.push(line) });
  const alice = await WireClient.register(context, server, 'alice');
  const bob = await WireClient.register(context, server, 'bob');
  alice.send('@alice: canary one @bob\n!msg bob canary two\n\xc3\x28 canary three\n!canary four\n');
  assert.deepEqual(await bob.lines(2), ['@alice: canary one @bob', '@alice: (private) canary two']);
  alice.send('!exit\n');
  await alice.rest();
  assert.ok(logged.length > 0);
  assert.ok(!logged.some((line) => line.includes('canary')));
});
