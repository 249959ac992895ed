import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { testServer } from '../support/server.ts';
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
  for (let at = 0; at < 6; at++) {
    clock.advance(1_300);
    assert.ok((await reader.line()).endsWith(text));
  }
});
