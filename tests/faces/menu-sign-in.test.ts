import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { ptyMissing } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';
import { answer, asked, menuOf, operation } from './menu-terminal.ts';

const skip = ptyMissing;

test('a new name gets a password, and every later login asks its owner for it', { skip }, async (context) => {
  const server = await testServer(context);
  const first = await menuOf(context, server);
  await answer(first, 'two words', 'Enter user name:');
  assert.match(first.rows.at(-2) ?? '', /^A name has 1 to 20 characters/);
  await answer(first, ' alice ', 'Enter Password:');
  await answer(first, 'canary', 'Enter Password:');
  assert.equal(first.rows.at(-2), 'A password has at least 8 characters.');
  // A typing mistake can be corrected unseen.
  await answer(first, 'canary horsf\u007fe', operation);
  assert.ok(first.rows.includes('The account alice is made; you are logged in.'));
  // The up key recalls lines, but no password.
  first.type('\x1b[A');
  await first.waitFor('the name', ({ rows }) => rows.at(-1) === `${operation}  alice`);
  first.type('\x1b[A\x1b[A\x15');
  await asked(first, operation);
  first.type('EX\r');
  assert.equal(await first.exit(), 0);

  const second = await menuOf(context, server);
  await answer(second, 'alice', "Enter user's password:");
  await answer(second, 'canary house', "Enter user's password:");
  assert.equal(second.rows.at(-2), 'That is not the password.');
  await answer(second, 'canary horse', operation);
  assert.ok(second.rows.includes('Logged in as alice.'));
  second.type(' ex \r');
  assert.equal(await second.exit(), 0);
  for (const { raw } of [first, second]) assert.doesNotMatch(raw, /can|hors|hous/);
});

test(
  'answers pasted before their questions are taken, and the password is not shown',
  { skip },
  async (context) => {
    const server = await testServer(context);
    const bob = await WireClient.register(context, server, 'bob');
    const pty = await menuOf(context, server);
    pty.type('alice\rcanary horse\rBM\rhello\rEX\r');
    assert.equal(await pty.exit(), 0);
    assert.equal(await bob.line(), '@alice: hello');
    assert.ok(pty.rows.includes('Enter message: hello'));
    await WireClient.register(context, server, 'guest');
    const other = await menuOf(context, server);
    await answer(other, 'guest\rcanary horse\rBM', 'Enter user name:');
    await answer(other, 'alice', "Enter user's password:");
    for (const { raw } of [pty, other]) assert.doesNotMatch(raw, /canary|horse/);
  },
);

test('the name of a guest who is online cannot be taken', { skip }, async (context) => {
  const server = await testServer(context);
  await WireClient.register(context, server, 'guest');
  const pty = await menuOf(context, server);
  await answer(pty, 'guest', 'Enter user name:');
  assert.equal(pty.rows.at(-2), 'A guest is in the chat as guest; choose another name.');
});

test('a reserved name is refused as reserved', { skip }, async (context) => {
  const pty = await menuOf(context, await testServer(context));
  await answer(pty, 'Admin', 'Enter Password:');
  await answer(pty, 'correct horse', 'Enter user name:');
  assert.equal(pty.rows.at(-2), 'The name Admin is reserved.');
});

test('after too many wrong passwords a user has to wait, and is told', { skip }, async (context) => {
  const accounts = { alice: 'correct horse' };
  const clock = new FakeClock();
  const limits = { loginFailures: 1, loginWaitMs: 1_000 };
  const server = await testServer(context, { accounts, limits, clock });
  const pty = await menuOf(context, server);
  await answer(pty, 'alice', "Enter user's password:");
  await answer(pty, 'wrong horse', "Enter user's password:");
  pty.type('correct horse\r');
  const told = 'The server takes a password again in 1 second; waiting. Ctrl-C leaves.';
  await pty.waitFor('the wait', ({ rows }) => rows.at(-1) === told);
  clock.advance(1_000);
  await asked(pty, operation);
  const late = await testServer(context, { accounts, limits: { loginFailures: 1, loginWaitMs: 120_000 } });
  const other = await menuOf(context, late);
  await answer(other, 'alice', "Enter user's password:");
  await answer(other, 'wrong horse', "Enter user's password:");
  other.type('correct horse\r');
  assert.equal(await other.exit(), 1);
  assert.match(other.rows.at(-1) ?? '', /^earshot: .* try again in 2 minutes$/);
});

for (const [key, bytes] of [
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
] as const) {
  test(`${key} leaves at every question`, { skip }, async (context) => {
    const server = await testServer(context);
    for (const lines of [[], ['alice'], ['alice', 'correct horse'], ['alice', 'correct horse', 'BM']]) {
      const pty = await menuOf(context, server);
      for (const line of lines) {
        const before = pty.rows.length;
        pty.type(`${line}\r`);
        await pty.waitFor(
          'the next question',
          ({ rows }) => rows.length > before && /^Enter .*:$/.test(rows.at(-1) ?? ''),
        );
      }
      pty.type(bytes);
      assert.equal(await pty.exit(), 0);
    }
  });
}

test(
  'a terminal that cannot move its cursor is asked line by line, with hidden passwords',
  { skip },
  async (context) => {
    const server = await testServer(context);
    const bob = await WireClient.register(context, server, 'bob');
    const pty = await menuOf(context, server, { TERM: 'dumb' });
    await answer(pty, 'alice', 'Enter Password:');
    await answer(pty, 'canary', 'Enter Password:');
    await answer(pty, 'canary horse', operation);
    pty.type('BM\n');
    await asked(pty, 'Enter message:');
    pty.type('hello\n');
    assert.equal(await bob.line(), '@alice: hello');
    await asked(pty, operation);
    pty.type('\x03');
    assert.equal(await pty.exit(), 0);
    assert.doesNotMatch(pty.raw, /can|hors|\x1b/);
  },
);
