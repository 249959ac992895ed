import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { ptyMissing, stoppingPtyMissing } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { admitted, startChat11StandIn } from '../support/stand-in-chat11.ts';
import { changedModes } from '../support/terminal-modes.ts';
import {
  addressOf,
  answered,
  bugCode,
  byBug,
  bySignal,
  byTwoSignals,
  inShell,
  keys,
  menuOf,
  restored,
  sendTo,
  shell,
  signal,
  started,
} from './between-sttys.ts';

afterEach(endJoiners);

describe('the terminal is as before', { skip: ptyMissing }, () => {
  for (const [how, way, code = 0] of [
    ['!exit', keys('!exit\r')],
    ['Ctrl-C', keys('\x03')],
    ['Ctrl-C with a draft', keys('draft\x03\x03')],
    ['Ctrl-D', keys('\x04')],
    ['Ctrl-Z, which does nothing, and Ctrl-D', keys('\x1a\x04')],
    ...bySignal,
    [...byBug, bugCode],
  ] as const) {
    test(`after join, by ${how}`, async (context) => {
      const server = await testServer(context);
      const pty = await started(context, ['join', 'alice', addressOf(server)], '>');
      // So that there is a title to restore.
      await sendTo('alice', server);
      await pty.waitFor('the title', ({ raw }) => raw.includes('\x1b]2;(1) alice'));
      way(pty);
      await restored(pty, code);
      assert.match(pty.raw, /\x1b\[\?2004h.*\x1b\[\?1004h.*\x1b\[22;2t/s, 'there was something to restore');
    });
  }

  for (const [how, way, code = 0] of [
    ['EX', keys('EX\r')],
    ['Ctrl-C', keys('\x03')],
    ['Ctrl-D', keys('\x04')],
    ['Ctrl-Z, which does nothing, and Ctrl-D', keys('\x1a\x04')],
    ...byTwoSignals,
    [...byBug, bugCode],
  ] as const) {
    test(`after menu, by ${how}`, async (context) => {
      const server = await testServer(context);
      const pty = await started(context, menuOf(server), 'Enter user name:');
      await answered(pty, 'alice', 'Enter Password:');
      await answered(pty, 'correct horse', 'Enter operation:');
      way(pty);
      await restored(pty, code);
    });
  }

  for (const [how, way, code = 0] of [
    ['exit', keys('exit\r')],
    ['Ctrl-C', keys('\x03')],
    ['Ctrl-D', keys('\x04')],
    ['Ctrl-Z, which does nothing, and Ctrl-D', keys('\x1a\x04')],
    ...byTwoSignals,
    [...byBug, bugCode],
  ] as const) {
    test(`after console, by ${how}`, async (context) => {
      const server = await testServer(context);
      const pty = await started(context, ['console', '127.0.0.1', String(server.port)], '>');
      way(pty);
      await restored(pty, code);
    });
  }
});

describe('the terminal is as before, without its user', { skip: ptyMissing }, () => {
  test('after the server logged a user of join out', async (context) => {
    const server = await startChat11StandIn(context, () => true);
    const words = ['join', 'alice', `chat://127.0.0.1:${server.address.port}`, '--protocol', 'chat11'];
    const pty = await started(context, words, '>');
    server.peers.at(-1)?.tell({ kind: 'disconnect', reason: 'enough', retry: false });
    await restored(pty, 1);
  });

  test('after the server logged a user of menu out', async (context) => {
    const server = await startChat11StandIn(context, ({ kind }, peer) => {
      if (kind === 'name') peer.answer({ kind: 'name', status: 'account', online: false });
      if (kind === 'login') peer.answer({ kind: 'login', ...admitted });
      return kind !== 'name' && kind !== 'login';
    });
    const pty = await started(context, menuOf(server.address), 'Enter user name:');
    await answered(pty, 'alice', "Enter user's password:");
    await answered(pty, 'correct horse', 'Enter operation:');
    server.peers.at(-1)?.tell({ kind: 'disconnect', reason: 'enough', retry: false });
    await restored(pty, 1);
  });

  test('after the server of console is gone', async (context) => {
    const server = await testServer(context);
    const pty = await started(context, ['console', '127.0.0.1', String(server.port)], '>');
    pty.type('half a line');
    await pty.waitFor('the draft', ({ rows }) => rows.at(-1) === '> half a line');
    await server.close();
    await restored(pty, 0);
  });

  test('after join was refused, and while it waits for an answer', async (context) => {
    const server = await testServer(context);
    const alice = new Joiner(['alice', addressOf(server)]);
    alice.write('!list\n');
    await alice.waitFor('her login', ({ output }) => output === 'alice\n');
    const refused = await started(context, ['join', 'alice', addressOf(server)], undefined);
    await restored(refused, 1);
    const silent = await startChat11StandIn(context, () => false);
    const words = ['join', 'alice', `chat://127.0.0.1:${silent.address.port}`];
    for (const way of [signal('SIGTERM'), keys('\x03')]) {
      const { length } = silent.requests;
      const waiting = await started(context, words, undefined);
      await silent.until(() => silent.requests.length > length);
      way(waiting);
      await restored(waiting, 0);
    }
  });

  test('while join is stopped, and after it went on', { skip: stoppingPtyMissing }, async (context) => {
    const server = await testServer(context);
    const { pty, stty } = await shell(context);
    const before = await stty();
    pty.type(inShell(['join', 'alice', addressOf(server)]));
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    await sendTo('alice', server);
    await pty.waitFor('the title', ({ raw }) => raw.includes('\x1b]2;(1) alice'));
    pty.type('half a line');
    await pty.waitFor('the draft', ({ rows }) => rows.at(-1) === '> half a line');
    signal('SIGTSTP')(pty);
    assert.equal(await stty(), before);
    assert.deepEqual(changedModes(pty.raw), []);
    pty.type('fg\r');
    await pty.waitFor('the draft', ({ rows }) => rows.at(-1) === '> half a line');
    assert.deepEqual(changedModes(pty.raw).sort(), ['?1004h', '?2004h']);
    pty.type(' that goes on\r');
    await pty.waitFor('the line', ({ rows }) =>
      rows.some((row) => row.endsWith('> half a line that goes on')),
    );
    pty.type('\x04');
    assert.equal(await stty(), before);
    assert.deepEqual(changedModes(pty.raw), []);
    pty.type('exit\r');
    await pty.exit();
  });
});
