import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Pty, ptyMissing, quoted, untimed } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';
import { earshot } from './joiner.ts';

/** `earshot` on a terminal, at its prompt. */
async function atPrompt(context: TestContext, ...args: string[]): Promise<Pty> {
  const command = ['exec', ...[process.execPath, earshot, ...args].map(quoted)].join(' ');
  const pty = new Pty(command);
  context.after(() => pty.close());
  await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
  return pty;
}

function consoleOf(context: TestContext, server: { readonly port: number }): Promise<Pty> {
  return atPrompt(context, 'console', '127.0.0.1', String(server.port));
}

/** Types a line; waits until it and `answer` are above an empty prompt. */
async function ask(pty: Pty, line: string, answer: string): Promise<void> {
  pty.type(`${line}\r`);
  await pty.waitFor(`${answer} after ${line}`, ({ rows }) => {
    return rows.slice(-2 - answer.split('\n').length).join('\n') === `> ${line}\n${answer}\n>`;
  });
}

test('two terminals have the conversation of CS3560', { skip: ptyMissing }, async (context) => {
  const server = await testServer(context);
  const john = await consoleOf(context, server);
  const bob = await consoleOf(context, server);
  await ask(john, 'list', 'Nobody is logged in');
  await ask(john, 'login John Doe', 'Bad username');
  await ask(john, 'login John', 'Success');
  await ask(bob, 'login John', 'Failure');
  await ask(bob, 'login Bob', 'Success');
  await ask(bob, 'list', 'John Bob');
  await ask(bob, 'list bob', 'Invalid command');
  await ask(bob, 'sendto John Hi How are you?', 'Success');
  await john.waitFor('the message', ({ rows }) => rows.at(-2) === 'Bob: Hi How are you?');
  await ask(john, 'sendto JohnHello', 'Bad username');
  await ask(john, 'logout Joe', 'Invalid command');
  await ask(john, 'exit client', 'Invalid command');
  await ask(john, 'logout', 'Success');
  await ask(bob, 'sendto John Are you there?', 'Failure');
  await ask(john, 'list', 'Bob');
  const commands = 'Commands: login NAME, list, sendto NAME TEXT, logout, exit';
  await ask(john, 'help', `Invalid command\n${commands}`);
  john.type('exit\r');
  assert.equal(await john.exit(), 0);
  bob.type('\x03');
  assert.equal(await bob.exit(), 0);
});

test('arriving lines do not disturb the typed line', { skip: ptyMissing }, async (context) => {
  const server = await testServer(context);
  const john = await consoleOf(context, server);
  const bob = await WireClient.login(context, server, 'Bob');
  await ask(john, 'login John', 'Success');
  john.type('sendto Bob half a li');
  await john.waitFor('what was typed', ({ rows }) => rows.at(-1) === '> sendto Bob half a li');
  assert.equal(await bob.ask('sendto John one'), 'RESPONSE ok');
  assert.equal(await bob.ask('sendto John \u202etwo'), 'RESPONSE ok');
  await john.waitFor('the messages', ({ rows }) => rows.includes('Bob: \\u{202e}two'));
  assert.deepEqual(john.rows.slice(-3), ['Bob: one', 'Bob: \\u{202e}two', '> sendto Bob half a li']);
  john.type('ne\r');
  assert.equal(await bob.line(), 'SENDTO John half a line');
});

test('a user of console and a user of join talk', { skip: ptyMissing }, async (context) => {
  const server = await testServer(context);
  const alice = await atPrompt(context, 'join', 'alice', `chat://127.0.0.1:${server.port}`);
  const john = await consoleOf(context, server);
  await ask(john, 'login John', 'Success');
  await ask(john, 'sendto alice just between us', 'Success');
  await alice.waitFor('the message', ({ rows }) => untimed(rows).includes('@John → you: just between us'));
  alice.type('hello @John\r');
  await john.waitFor('the answer', ({ rows }) => rows.at(-2) === 'alice: hello @John');
});

test(
  'ends with a notice when the server does, and leaves the draft',
  { skip: ptyMissing },
  async (context) => {
    const server = await testServer(context);
    const john = await consoleOf(context, server);
    john.type('a draft');
    await john.waitFor('what was typed', ({ rows }) => rows.at(-1) === '> a draft');
    await server.close();
    assert.equal(await john.exit(), 0);
    assert.deepEqual(john.rows.slice(-2), ['> a draft', 'The server has closed the connection.']);
  },
);
