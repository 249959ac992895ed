import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { isOffline, Pty, ptyMissing, quoted, untimed } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { type Script, startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';
import { earshot } from './joiner.ts';

const skip = ptyMissing;

async function joined(context: TestContext, port: number, name = 'alice'): Promise<Pty> {
  const words = [process.execPath, earshot, 'join', name, `chat://127.0.0.1:${port}`];
  const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, { cwd: await temporaryFolder(context) });
  context.after(() => pty.close());
  await pty.waitFor(
    'the welcome',
    ({ rows }) => rows.at(-1) === '>' && /^You follow/.test(rows.at(-2) ?? ''),
  );
  return pty;
}

const sees = (pty: Pty, row: string | RegExp): Promise<void> =>
  pty.waitFor(`${row}`, ({ rows }) =>
    untimed(rows).some((one) => (typeof row === 'string' ? one === row : row.test(one))),
  );

/** A stand-in that knows no account, so that everybody is a guest; `script` does the rest. */
const standIn = (context: TestContext, script: Script) =>
  startChat11StandIn(context, (request, peer) => {
    if (request.kind !== 'name') return script(request, peer);
    peer.answer({ kind: 'name', status: 'free', online: false });
    return false;
  });

describe('earshot join at a prompt, while its server is away', { skip }, () => {
  test('stays, keeps the draft and the lines, and connects at once at Enter', async (context) => {
    const args = ['--data', await temporaryFolder(context)];
    const server = await startServerProcess(context, args);
    const alice = await joined(context, server.port);
    await server.end('SIGTERM');
    await sees(alice, 'The connection is lost: The server goes away. Enter tries again now.');
    alice.type('typed offline, @bob\r!follow apple\ra dra');
    await sees(alice, '(waits for the connection) typed offline, @bob');
    await alice.waitFor('the draft', (one) => isOffline(one) && /> a dra$/.test(one.rows.at(-1) ?? ''));
    const back = await startServerProcess(context, [...args, '--port', `${server.port}`]);
    const bob = await WireClient.register(context, back, 'bob');
    // Clear the draft, press Enter on the empty line, and take the draft back.
    alice.type('\x15\r');
    await sees(alice, 'The connection is back.');
    await sees(alice, 'Now following apple');
    assert.deepEqual(await bob.lines(1), ['@alice: typed offline, @bob']);
    bob.send('an apple\n');
    // Not the last row: what is stored before the server has read its log is told as missed, with a line below it.
    await alice.waitFor(
      'the text, above an empty prompt',
      ({ rows }) => untimed(rows).includes('@bob: an apple') && rows.at(-1) === '>',
    );
    assert.equal(alice.rows.filter((row) => row.includes('typed offline')).length, 1);
  });

  test('says what is unsent before it leaves, and leaves the second time', async (context) => {
    const server = await startServerProcess(context, ['--data', await temporaryFolder(context)]);
    const alice = await joined(context, server.port);
    await server.end('SIGTERM');
    await alice.waitFor('the loss', isOffline);
    alice.type('one\r\x04');
    await sees(alice, /^Unsent: 1 line\./);
    alice.type('two\r\x03');
    await sees(alice, /^Unsent: 2 lines\./);
    alice.type('three\r!exit\r');
    await sees(alice, /^Unsent: 3 lines\./);
    alice.type('\x03');
    assert.equal(await alice.exit(), 1);
    await alice.waitForLast([
      'Not sent: one',
      'Not sent: two',
      'Not sent: three',
      'earshot: 3 lines did not reach the server',
    ]);
  });

  test('leaves by itself when everything is sent', async (context) => {
    const args = ['--data', await temporaryFolder(context)];
    const server = await startServerProcess(context, args);
    const alice = await joined(context, server.port);
    await server.end('SIGTERM');
    await alice.waitFor('the loss', isOffline);
    alice.type('one\r!exit\r');
    await sees(alice, /^Unsent: 1 line\./);
    await startServerProcess(context, [...args, '--port', `${server.port}`]);
    assert.equal(await alice.exit(), 0);
    assert.ok(untimed(alice.rows).includes('> one'));
  });

  test('ends when the server does not want it back, and says why', async (context) => {
    const server = await standIn(context, () => true);
    const alice = await joined(context, server.address.port);
    server.peers.at(-1)?.tell({ kind: 'disconnect', reason: 'Your password has changed', retry: false });
    assert.equal(await alice.exit(), 1);
    assert.equal(alice.rows.at(-1), 'earshot: the server has logged you out: Your password has changed');
  });
});

describe('earshot join at a prompt', { skip }, () => {
  test('shows that a line is not confirmed, and shows it in its place when it is', async (context) => {
    const server = await standIn(context, ({ kind }) => kind !== 'send');
    const alice = await joined(context, server.address.port);
    alice.type('is anybody there?\r');
    await alice.waitForLast(['> is anybody there?', '>']);
    await sees(alice, /^\(not confirmed for 5 s\) is anybody there\?$/);
    const peer = server.peers.at(-1);
    const timeMs = Date.now();
    peer?.tell({ kind: 'message', position: 1, from: 'bob', timeMs, text: 'before' });
    peer?.answer({ kind: 'send', position: 2, reached: 3 });
    peer?.tell({ kind: 'message', position: 3, from: 'bob', timeMs, text: 'after' });
    await sees(alice, '@bob: after');
    const said = untimed(alice.rows).filter((row) => /^(?:@bob: |> is )/.test(row));
    assert.deepEqual(said, ['@bob: before', '> is anybody there?', '@bob: after']);
    alice.type('!reached\r');
    await alice.waitForLast(['> !reached', '3 people: "is anybody there?"', '>']);
  });

  test('shows a refused line with the reason, and recalls it', async (context) => {
    const server = await standIn(context, ({ kind }, peer) => {
      if (kind !== 'send') return true;
      peer.refuse(413);
      return false;
    });
    const alice = await joined(context, server.address.port);
    alice.type('too much\r');
    await sees(alice, /^"too much" was not sent: /);
    assert.ok(untimed(alice.rows).includes('> too much'));
    alice.type('\x1b[A');
    await alice.waitFor('the line', ({ rows }) => rows.at(-1) === '> too much');
  });

  test('understands what people type in other chats, and eats no text', async (context) => {
    const server = await testServer(context);
    const bob = await WireClient.register(context, server, 'bob');
    const alice = await joined(context, server.port);
    alice.type('/follow apple\r/shrug @bob\r//shrug @bob\r help @bob\r');
    assert.deepEqual(await bob.lines(2), ['@alice: /shrug @bob', '@alice:  help @bob']);
    await sees(alice, 'Now following apple');
    await sees(alice, /^Error: {2}Unknown command "\/shrug"; !help lists them, \/\/shrug sends it as text$/);
    alice.type('!help FOLLOW\r');
    await sees(alice, /^Example: !follow apple /);
    alice.type('help\r');
    await sees(alice, 'To send "help" as a text, type a space in front of it.');
    alice.type('quit\r');
    assert.equal(await alice.exit(), 0);
  });

  test('rings and counts for a private message, and neither for a muted person', async (context) => {
    const server = await testServer(context);
    const bob = await WireClient.register(context, server, 'bob');
    const carol = await WireClient.register(context, server, 'carol');
    const alice = await joined(context, server.port);
    alice.type('!mute @bob 2h\r');
    await sees(alice, '@bob is muted for 2 hours.');
    bob.send('!msg alice hidden\n');
    assert.deepEqual(await bob.lines(1), ['Message sent to alice']);
    // Delivered after it.
    carol.send('ready, @alice\n');
    await sees(alice, '@carol: ready, @alice');
    alice.type('!unmute @bob\r');
    await sees(alice, '@bob is no longer muted; 1 line was hidden.');
    bob.send('!msg alice shown\n');
    await sees(alice, '@bob → you: shown');
    await alice.waitFor('the bell', ({ raw }) => raw.includes('\x07'));
    // Carol's and Bob's; what was typed in between says that the first was seen.
    assert.equal(alice.raw.match(/\x1b\]2;\(1\) alice - earshot\x1b\\/g)?.length, 2);
    assert.ok(!alice.rows.some((row) => row.includes('hidden') && row.includes('→')));
    alice.type('!set bell off\r');
    await sees(alice, 'bell is off.');
  });
});
