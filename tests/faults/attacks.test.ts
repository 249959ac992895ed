import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

/** What strangers and guests tried against a server of ours: each attack with what happens now. */

test('a file name with white space at its ends is refused, and ends nothing', async (context) => {
  const server = await testServer(context);
  const reader = await WireClient.connect(context, server);
  reader.send('REGISTER reader CHAT/1.1\n\n');
  assert.equal(await reader.line(), '200 Registered');
  const guest = await WireClient.register(context, server, 'guest', '\n');
  for (const name of ['x.txt ', ' x.txt', 'x.txt\t', '   ', 'a\tb']) {
    assert.match(await guest.ask(`!attach "${name}" @all`), /^Error: {2}A file name/, JSON.stringify(name));
  }
  assert.equal(await guest.ask('!list'), 'reader, guest');
});

test('errors do not repeat at length what they refuse', async (context) => {
  const server = await testServer(context);
  const marks = `a${'\u0301\u0316'.repeat(32_000)}`;
  const long = 'x'.repeat(200_000);
  const guest = await WireClient.register(context, server, 'guest', `Follow: ${long.slice(0, 60_000)}\n\n`);
  const answers = [await guest.line()];
  for (const typed of [
    `!follow ${marks}`,
    `!follow ${long}`,
    `!unfollow ${long}`,
    `!attach a.txt ${long}`,
    `!attach ${long}/x apple`,
    `!unfollow ${marks}`,
    `!attach a.txt ${marks}`,
    `!attach ${long} apple`,
    `!msg ${long} text`,
    `!history ${long}`,
    `!${long}`,
  ])
    answers.push(await guest.ask(typed));
  for (const answer of answers) {
    assert.match(answer, /^Error: {2}/);
    assert.ok(answer.length < 400, `${answer.length} characters`);
  }
});

test('a new name for every message is no way around the rate of a connection', async (context) => {
  const server = await testServer(context, { messageRate: 10, clock: new FakeClock() });
  const attacker = await WireClient.connect(context, server);
  const codes: string[] = [];
  for (let round = 0; round < 3; round++) {
    attacker.send(`REGISTER r${round} CHAT/1.1\n\n`);
    assert.equal((await attacker.lines(5))[0], '200 Registered');
    for (let at = 0; at < 20; at++) attacker.send('SEND CHAT/1.1\nContent-Length: 1\n\nx');
    while (codes.length < 20 * (round + 1)) {
      const line = await attacker.line();
      if (/^[0-9]{3} /.test(line)) codes.push(line.slice(0, 3));
    }
    attacker.send('LOGOUT CHAT/1.1\n\n');
    while ((await attacker.line()) !== '200 Logged out');
    await attacker.line();
  }
  assert.equal(codes.filter((code) => code === '200').length, 20);
  assert.equal(codes.filter((code) => code === '429').length, 40);
});

test('one address sends what its budget says, whatever names it takes; a small message does not wait behind', async (context) => {
  const clock = new FakeClock();
  const limits = {
    loopbackFactor: 1,
    addressMessageBurst: 1000,
    addressBytesBurst: 200_000,
    addressBytesPerSecond: 100_000,
  };
  const server = await testServer(context, { messageRate: 10, clock, limits });
  const reader = await WireClient.register(context, server, 'reader', 'Follow: *\n\n');
  const names = Array.from({ length: 8 }, (_, at) => `flood-${at}`);
  const flood = await Promise.all(names.map((name) => WireClient.register(context, server, name)));
  const text = 'x'.repeat(60_000);
  for (const one of flood) one.send(`${text}\n`);
  // 120,000 bytes each: two pass, and then the budget is spent.
  for (let at = 0; at < 2; at++) assert.ok((await reader.line()).endsWith(text));
  const bystander = await WireClient.register(context, server, 'bystander');
  bystander.send('hello\n');
  assert.match(await bystander.ask('!list'), /bystander$/);
  clock.advance(500);
  assert.equal(await reader.line(), '@bystander: hello', 'before the six that came earlier');
  let isRead = false;
  const rest = reader.lines(6).finally(() => {
    isRead = true;
  });
  while (!isRead) {
    clock.advance(10);
    await new Promise(setImmediate);
  }
  for (const line of await rest) assert.ok(line.endsWith(text));
});

test('ten thousand commands in one write are served at the rate of requests, and hold nobody up', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, limits: { requestBurst: 100, requestsPerSecond: 50 } });
  const attacker = await WireClient.register(context, server, 'attacker');
  const bystander = await WireClient.register(context, server, 'bystander');
  attacker.send('!follow?\n'.repeat(10_000));
  await attacker.lines(99);
  for (let at = 0; at < 20; at++) assert.equal(await bystander.ask('!list'), 'attacker, bystander');
  clock.advance(1_000);
  await attacker.lines(40);
  attacker.send('x'.repeat(10));
  assert.equal(await bystander.ask('!list'), 'attacker, bystander');
});

test('who breaks off with its requests spent has the rest of them left undone', async (context) => {
  const clock = new FakeClock();
  const limits = { requestBurst: 10, requestsPerSecond: 1 };
  const server = await testServer(context, { clock, limits, accounts: { alice: 'correct horse' } });
  const hello = 'Password: correct horse\n\n';
  const attacker = await WireClient.register(context, server, 'alice', hello);
  const bystander = await WireClient.register(context, server, 'bystander');
  // In one write, so all of it is here when the budget is spent.
  attacker.send(`${'!help\n'.repeat(100)}!follow apple\n`);
  await attacker.line();
  attacker.socket.resetAndDestroy();
  while ((await bystander.ask('!list')) !== 'bystander') clock.advance(1_000);
  const again = await WireClient.register(context, server, 'alice', hello);
  assert.equal(await again.ask('!follow?'), '@alice, @all');
});

test('a stranger over verbs has short lines, little time, and few lists', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock });
  const silent = await WireClient.connect(context, server);
  assert.equal(await silent.ask('list'), 'LIST');
  const long = await WireClient.connect(context, server);
  assert.equal(await long.ask('list'), 'LIST');
  assert.equal(await long.ask('x'.repeat(2_000)), 'RESPONSE malformed');
  const many = await WireClient.connect(context, server);
  many.send('list\n'.repeat(1_000));
  await many.lines(25);
  const guest = await WireClient.register(context, server, 'guest');
  assert.equal(await guest.ask('!list'), 'guest');
  for (let at = 0; at < 310; at++) clock.advance(1_000);
  assert.equal(await silent.rest(), '');
});

test('when all connections together have sent too much that nobody can read, long lines end theirs', async (context) => {
  const server = await testServer(context, { limits: { allInputsBytes: 300_000 } });
  const bystander = await WireClient.register(context, server, 'bystander');
  const flood = await Promise.all(['a', 'b', 'c'].map((name) => WireClient.register(context, server, name)));
  for (const one of flood) one.send('x'.repeat(150_000));
  const ended = await Promise.any(flood.map((one) => one.rest()));
  assert.match(ended, /DISCONNECT CHAT\/1\.0\n$/);
  assert.match(await bystander.ask('!list'), /^bystander/);
});

test('what a connection has sent and nobody will read is let go of while it is read on', async (context) => {
  const server = await testServer(context, { clock: new FakeClock(), limits: { allInputsBytes: 100_000 } });
  // It does not end its own side, and the clock stands still, so it stays.
  const flood = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  context.after(() => flood.destroy());
  flood.write(`REGISTER flood CHAT/1.0\n\n${'x'.repeat(150_000)}`);
  await once(flood.resume(), 'end');
  const bystander = await WireClient.register(context, server, 'bystander');
  bystander.send(`!list\n${'x'.repeat(50_000)}`);
  assert.equal(await bystander.line(), 'bystander');
  assert.equal(await bystander.ask('\n!list'), 'bystander');
});

test('a reader that freezes inside a file is closed, like one that lags', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const frozen = await WireClient.register(context, server, 'frozen', 'Follow: apple\n\n');
  assert.match(await frozen.ask('!follow?'), /^apple/);
  frozen.freeze();
  const bytes = Buffer.alloc(30 * 1024 * 1024);
  assert.equal(await alice.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
  alice.send(`Content-Length: ${bytes.length}\n`);
  alice.send(bytes);
  assert.match(await alice.line(), /distributed/);
  let online = await alice.ask('!list');
  for (let tries = 0; online !== 'alice' && tries < 200; tries++) {
    clock.advance(1_000);
    online = await alice.ask('!list');
  }
  assert.equal(online, 'alice');
});

const places = {
  'of one address': { guestPlacesPerAddress: 2, loopbackFactor: 1 },
  'in all': { guestPlaces: 2 },
};
for (const [what, limits] of Object.entries(places))
  test(`places of guests who broke off are bounded ${what}, the oldest goes first`, async (context) => {
    const server = await testServer(context, { clock: new FakeClock(), limits });
    const watcher = await WireClient.register(context, server, 'watcher');
    for (const name of ['a', 'b', 'c', 'd']) {
      const guest = await WireClient.connect(context, server);
      guest.send(`REGISTER ${name} CHAT/1.1\n\n`);
      assert.equal(await guest.line(), '200 Registered');
      guest.close();
      while ((await watcher.ask('!list')) !== 'watcher');
    }
    const taken: boolean[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      const again = await WireClient.connect(context, server);
      again.send(`REGISTER ${name} CHAT/1.0\n`);
      taken.push((await again.line()).startsWith('401'));
    }
    assert.deepEqual(taken, [false, false, true, true]);
  });

test('accounts are made at a rate, whatever the connection', async (context) => {
  const clock = new FakeClock();
  const limits = { accountsPerAddressPerHour: 2, loopbackFactor: 1 };
  const server = await testServer(context, { clock, limits });
  const answers: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const client = await WireClient.connect(context, server);
    client.send(`REGISTER ${name} CHAT/1.1\nPassword: correct horse\n\n`);
    answers.push(await client.line());
  }
  assert.deepEqual(answers.slice(0, 2), ['200 Registered', '200 Registered']);
  assert.match(answers[2] ?? '', /^429 /);
});

test('a log whose accounts are missing is not served: every name would be free', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const first = await testServer(context, { dataFolder, accounts: { alice: 'correct horse' } });
  const guest = await WireClient.register(context, first, 'guest');
  guest.send('hello\n');
  assert.equal(await guest.ask('!list'), 'guest');
  await first.close();
  for (const suffix of ['', '-wal', '-shm'])
    await rm(join(dataFolder, `accounts.db${suffix}`), { force: true });
  await assert.rejects(testServer(context, { dataFolder }), /accounts\.db is missing/);
  // Both are lost: a refused start leaves the mark, from which the next one knows.
  for (const suffix of ['', '-wal', '-shm'])
    await rm(join(dataFolder, `earshot.db${suffix}`), { force: true });
  for (let start = 0; start < 2; start++)
    await assert.rejects(testServer(context, { dataFolder }), /accounts\.db is missing/);
  await testServer(context, { dataFolder, acceptLoss: true });
});

test('a data folder that others may write in, or with links for files, is not used', async (context) => {
  const open = await temporaryFolder(context);
  await chmod(open, 0o777);
  await assert.rejects(testServer(context, { dataFolder: open }), /others may write there/);
  for (const name of ['earshot.db', 'earshot.db-wal', 'accounts.db-shm', 'head.json.new', 'attachments']) {
    const linked = await temporaryFolder(context);
    await symlink('/etc/passwd', join(linked, name));
    await assert.rejects(testServer(context, { dataFolder: linked }), new RegExp(`\\(${name} is a link\\)`));
  }
  const shared = await temporaryFolder(context);
  await mkdir(join(shared, 'attachments'));
  await chmod(join(shared, 'attachments'), 0o777);
  await assert.rejects(testServer(context, { dataFolder: shared }), /others may write to attachments/);
  const own = await temporaryFolder(context);
  await symlink('/etc/passwd', join(own, 'notes'));
  await testServer(context, { dataFolder: own });
});

test('messages stop before the disk is full, and accounts are still let in', async (context) => {
  const limits = { messageReserveBytes: Number.MAX_SAFE_INTEGER };
  const server = await testServer(context, { limits, accounts: { alice: 'correct horse' } });
  const client = await WireClient.connect(context, server);
  client.send('LOGIN alice CHAT/1.1\nPassword: correct horse\n\n');
  assert.equal((await client.lines(5))[0], '200 Logged in');
  client.send('SEND CHAT/1.1\nContent-Length: 1\n\nx');
  assert.match(await client.line(), /^507 /);
});

test('an older copy of the log goes on under a new epoch, and the operator is warned', async (context) => {
  const [dataFolder, older] = [await temporaryFolder(context), await temporaryFolder(context)];
  const say = async (text: string): Promise<void> => {
    const server = await testServer(context, { dataFolder });
    const guest = await WireClient.register(context, server, 'guest');
    guest.send(`${text}\n`);
    assert.equal(await guest.ask('!list'), 'guest');
    await server.close();
  };
  await say('one');
  await copyFile(join(dataFolder, 'earshot.db'), join(older, 'earshot.db'));
  const epoch = async (): Promise<string> =>
    JSON.parse(await readFile(join(dataFolder, 'head.json'), 'utf8')).epoch;
  const before = await epoch();
  await say('two');
  assert.equal(await epoch(), before);
  await copyFile(join(older, 'earshot.db'), join(dataFolder, 'earshot.db'));
  const lines: string[] = [];
  const server = await testServer(context, { dataFolder, onLogLine: (line) => lines.push(line) });
  assert.ok(lines.some((line) => /lost messages.*new epoch/.test(line)));
  await server.close();
  assert.notEqual(await epoch(), before);
});
