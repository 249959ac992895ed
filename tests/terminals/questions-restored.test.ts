import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { certified } from '../support/certificates.ts';
import { ptyMissing, stoppingPtyMissing } from '../support/pty.ts';
import { makeAccounts, testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  addressOf,
  answered,
  answeredUnseen,
  bugCode,
  byBug,
  bySignal,
  byTwoSignals,
  inShell,
  keys,
  menuOf,
  restored,
  shell,
  signal,
  started,
} from './between-sttys.ts';

describe('the terminal is as before, after a question', { skip: ptyMissing }, () => {
  for (const [how, way, code = 0] of [
    ['Ctrl-C', keys('\x03')],
    ['Ctrl-D', keys('\x04')],
    ['Ctrl-Z, which does nothing, and Ctrl-C', keys('\x1asecret\x03')],
    ...bySignal,
    [...byBug, bugCode],
  ] as const) {
    test(`for the password of join, by ${how}`, async (context) => {
      const server = await testServer(context, { accounts: { alice: 'correct horse' } });
      const pty = await started(context, ['join', 'alice', addressOf(server)], 'Password for alice:');
      way(pty);
      await restored(pty, code);
      assert.doesNotMatch(pty.raw, /secret/);
    });
  }

  for (const [how, way, code = 0] of [
    ['Ctrl-C', keys('\x03')],
    ['Ctrl-D', keys('\x04')],
    ...byTwoSignals,
    [...byBug, bugCode],
  ] as const) {
    for (const TERM of ['xterm', 'dumb']) {
      test(`for the password of menu on TERM=${TERM}, by ${how}`, async (context) => {
        const server = await testServer(context);
        const pty = await started(context, menuOf(server), 'Enter user name:', { env: { TERM } });
        await answered(pty, 'alice', 'Enter Password:');
        way(pty);
        await restored(pty, code);
      });
    }
  }

  for (const [how, way] of [
    ['Ctrl-C', keys('\x03')],
    ['Ctrl-D', keys('\x04')],
    ['Ctrl-Z, which does nothing, and Ctrl-C', keys('\x1asecret\x03')],
    ...bySignal,
  ] as const) {
    test(`for the password of passwd, by ${how}`, async (context) => {
      const data = await temporaryFolder(context);
      await makeAccounts(data, { alice: 'correct horse' });
      const pty = await started(context, ['passwd', 'alice', '--data', data], 'New password for alice:');
      way(pty);
      await restored(pty, 64);
      assert.doesNotMatch(pty.raw, /secret/);
    });
  }

  for (const [how, way] of [
    ['Ctrl-C', keys('\x03')],
    ['Ctrl-Z, which does nothing, and Ctrl-D', keys('\x1a\x04')],
    ...byTwoSignals,
  ] as const) {
    test(`for trust in a key, by ${how}`, async (context) => {
      const folder = await temporaryFolder(context);
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      const made = certified();
      await Promise.all([writeFile(cert, made.cert), writeFile(key, made.key)]);
      const { port } = await testServer(context, { tls: { cert, key } });
      const words = ['join', 'alice', `chats://127.0.0.1:${port}`];
      const pty = await started(context, words, 'Trust it from now on? (yes/no)', {
        env: { XDG_STATE_HOME: folder },
      });
      way(pty);
      await restored(pty, 1);
    });
  }

  test(
    'while the question is stopped, and after it went on',
    { skip: stoppingPtyMissing },
    async (context) => {
      const server = await testServer(context, { accounts: { alice: 'correct horse' } });
      const { pty, stty } = await shell(context);
      const before = await stty();
      pty.type(inShell(['join', 'alice', addressOf(server)]));
      await pty.waitFor('the question', ({ rows }) => rows.at(-1) === 'Password for alice:');
      signal('SIGTSTP')(pty);
      assert.equal(await stty(), before);
      pty.type('fg\r');
      await pty.waitFor('the question', ({ rows }) => rows.at(-1) === 'Password for alice:');
      pty.type('correct horse\r');
      await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
      assert.doesNotMatch(pty.raw, /horse/);
      pty.type('\x04');
      assert.equal(await stty(), before);
      pty.type('exit\r');
      await pty.exit();
    },
  );

  test('after the output of join was a pipe that is read', async (context) => {
    const server = await testServer(context, { accounts: { alice: 'correct horse' } });
    const words = ['join', 'alice', addressOf(server)];
    const pty = await started(context, words, 'Password for alice:', {}, '| cat');
    await answeredUnseen(pty);
    pty.type('!list\n');
    await pty.waitFor('the answer', ({ rows }) => rows.at(-1) === 'alice');
    pty.type('\x04');
    await restored(pty, 0);
  });

  test('after nobody reads the output of join any more', async (context) => {
    const server = await testServer(context, { accounts: { alice: 'correct horse' } });
    const words = ['join', 'alice', addressOf(server)];
    const pty = await started(context, words, 'Password for alice:', {}, '| true');
    await answeredUnseen(pty);
    pty.type('!list\n!list\n');
    await restored(pty, 0);
  });

  test('after the wrong password three times', async (context) => {
    const server = await testServer(context, { accounts: { alice: 'correct horse' } });
    const pty = await started(context, ['join', 'alice', addressOf(server)], 'Password for alice:');
    for (let attempt = 1; attempt <= 3; attempt++) {
      const asked = (): number => pty.raw.split('Password for alice:').length - 1;
      await pty.waitFor('the question', () => asked() === attempt);
      pty.type('wrong horse\r');
    }
    await restored(pty, 1);
  });
});
