import assert from 'node:assert/strict';
import { test } from 'node:test';
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
