import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParcelClient } from '../support/parcel-client.ts';
import { ptyMissing, untimed } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';
import { answer, asked, menuOf, operation, rowsFrom, signUp } from './menu-terminal.ts';

const skip = ptyMissing;

test('BM reaches everybody, over every protocol', { skip }, async (context) => {
  const server = await testServer(context);
  const alice = await signUp(context, server, 'alice');
  await answer(alice, 'BM', 'Enter message:');
  await answer(alice, 'to myself', operation);
  assert.equal(alice.rows.at(-2), 'The message was sent; nobody else is online.');
  const bob = await WireClient.register(context, server, 'bob');
  const john = await WireClient.login(context, server, 'John');
  const { client: carol } = await ParcelClient.enter(context, server, 'REGISTER carol');
  await answer(alice, 'bm', 'Enter message:');
  assert.equal(alice.rows.at(-2), 'This goes to everybody who is online.');
  await answer(alice, 'hello', operation);
  assert.equal(alice.rows.at(-2), 'The message was sent to 3 users.');
  assert.equal(await bob.line(), '@alice: hello');
  assert.equal(await john.line(), 'SENDTO alice hello');
  assert.equal((await carol.next()).body, 'hello');
  await answer(alice, 'BM', 'Enter message:');
  await answer(alice, ' ', operation);
  assert.equal(alice.rows.at(-2), 'Nothing was sent: the message is empty.');
});

test('PM shows who is online, and reaches only its recipient', { skip }, async (context) => {
  const server = await testServer(context, { accounts: { dave: 'correct horse' } });
  const bob = await WireClient.register(context, server, 'bob');
  const carol = await WireClient.register(context, server, 'carol');
  const alice = await signUp(context, server, 'alice');
  const send = async (to: string): Promise<string | undefined> => {
    await answer(alice, 'PM', 'Enter user name:');
    assert.equal(alice.rows.at(-2), 'Online: bob, carol');
    await answer(alice, to, 'Enter message:');
    await answer(alice, 'between us', operation);
    return alice.rows.at(-2);
  };
  assert.equal(await send('bob'), 'The message was sent to bob.');
  assert.equal(await bob.line(), '@alice: (private) between us');
  assert.equal(
    await send('dave'),
    "dave is not online; the message is kept, and stands in dave's chat history.",
  );
  assert.equal(await send('nobody'), 'The message to nobody was not sent: Nobody has the name nobody.');
  assert.equal(await send('no body'), 'Nothing was sent: "no body" is no user name.');
  assert.equal(await carol.ask('!list'), 'bob, carol, alice', 'nothing came before that');
  bob.send('!msg alice just for you\n');
  await alice.waitFor('the message', ({ rows }) => untimed(rows).at(-2) === '@bob → you: just for you');
});

test(
  'CH shows the conversation again after a new login and a restart of the server',
  { skip },
  async (context) => {
    const data = await temporaryFolder(context);
    const server = await startServerProcess(context, ['--data', data]);
    const bob = await WireClient.register(context, server, 'bob');
    const alice = await signUp(context, server, 'alice');
    await answer(alice, 'CH', operation);
    assert.equal(alice.rows.at(-2), 'Nothing was said yet.');
    bob.send('hi @alice\nnot for her\n!msg alice \u202epsst\n');
    await alice.waitFor('what bob says', ({ rows }) => rows.at(-2)?.includes('psst') === true);
    await answer(alice, 'BM', 'Enter message:');
    await answer(alice, 'hello all', operation);
    await answer(alice, 'PM', 'Enter user name:');
    await answer(alice, 'bob', 'Enter message:');
    await answer(alice, 'to you', operation);
    alice.type('EX\r');
    assert.equal(await alice.exit(), 0);
    assert.equal(await server.end('SIGTERM'), 0);

    const again = await menuOf(context, await startServerProcess(context, ['--data', data]));
    await answer(again, 'alice', "Enter user's password:");
    await answer(again, 'canary of alice', operation);
    await answer(again, 'ch', operation);
    const conversation = rowsFrom(again, `${operation} ch`);
    for (const row of conversation.slice(1, -1)) assert.match(row, /^\d\d:\d\d @/);
    assert.deepEqual(untimed(conversation), [
      '── chat history ──',
      '@bob: hi @alice',
      '@bob → you: \\u{202e}psst',
      '@alice: hello all',
      '@alice → @bob: to you',
      '── end of the chat history ──',
    ]);
  },
);

test('arriving lines do not disturb the typed line', { skip }, async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  const alice = await signUp(context, server, 'alice');
  await answer(alice, 'BM', 'Enter message:');
  alice.type('half a li');
  await asked(alice, 'Enter message: half a li');
  bob.send('one @alice\ntwo @alice\n');
  const shown = ['@bob: one @alice', '@bob: two @alice', 'Enter message: half a li'].join();
  await alice.waitFor('the messages', ({ rows }) => untimed(rows).slice(-3).join() === shown);
  await answer(alice, 'ne', operation);
  assert.equal(await bob.line(), '@alice: half a line');
  await answer(alice, 'what?', operation);
  assert.deepEqual(alice.rows.slice(-3, -1), [
    '"what?" is no operation. There are these:',
    'BM: broadcast, PM: private message, CH: chat history, CH ALL: all, EX: exit',
  ]);
});

test('messages typed while offline are kept, and sent once', { skip }, async (context) => {
  const data = await temporaryFolder(context);
  const server = await startServerProcess(context, ['--data', data]);
  const alice = await signUp(context, server, 'alice');
  await server.end('SIGKILL');
  const offline = `[offline] ${operation}`;
  await asked(alice, offline);
  assert.match(alice.rows.at(-2) ?? '', /^The connection is lost: .* Trying to get it back\.$/);
  await answer(alice, 'BM', '[offline] Enter message:');
  await answer(alice, 'kept', offline);
  assert.equal(alice.rows.at(-2), 'The message to everybody is kept, and sent when the connection is back.');
  await answer(alice, 'PM', '[offline] Enter user name:');
  assert.equal(alice.rows.at(-2), 'The list of online users is not available while there is no connection.');
  await answer(alice, 'nobody', '[offline] Enter message:');
  await answer(alice, 'kept', offline);
  await answer(alice, 'CH', offline);
  assert.equal(alice.rows.at(-2), 'The chat history is not available while there is no connection.');
  const port = ['--port', String(server.port)];
  const back = await startServerProcess(context, ['--data', data, ...port]);
  await alice.waitFor('what became of them', ({ rows }) =>
    rows.includes('The message to everybody was sent.'),
  );
  const refused = 'The message to nobody was not sent: Nobody has the name nobody.';
  await alice.waitFor('what became of them', ({ rows }) => rows.at(-2) === refused);
  assert.ok(alice.rows.includes('The connection is back.'));
  await answer(alice, 'CH', operation);
  assert.deepEqual(untimed(rowsFrom(alice, `${operation} CH`)).slice(1, -1), ['@alice: kept']);
  await back.end('SIGKILL');
  await asked(alice, offline);
  await answer(alice, 'BM', '[offline] Enter message:');
  await answer(alice, 'never', offline);
  alice.type('EX\r');
  assert.equal(await alice.exit(), 1);
  assert.deepEqual(alice.rows.slice(-2), [
    'The message to everybody was not sent.',
    'earshot: 1 message did not reach the server',
  ]);
});
