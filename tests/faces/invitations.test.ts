import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { adminDone } from '../support/operator.ts';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { runEarshot } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { earshot } from './joiner.ts';

const skip = ptyMissing;

async function scene(context: TestContext) {
  const server = await testServer(context);
  const run = (...words: string[]) => adminDone(server.dataFolder, ...words);
  await run('registration', 'invite');
  const home = await temporaryFolder(context);
  const env = { HOME: home, XDG_STATE_HOME: home };
  const open = (...words: string[]) => {
    const command = [process.execPath, earshot, ...words].map(quoted).join(' ');
    const pty = new Pty(`exec ${command}`, { columns: 120, cwd: home, env });
    context.after(() => pty.close());
    return pty;
  };
  return { run, open, env, address: `chat://127.0.0.1:${server.port}`, port: String(server.port) };
}

const lastIs =
  (row: string) =>
  ({ rows }: { readonly rows: readonly string[] }): boolean =>
    rows.at(-1) === row;

test(
  'join makes an account with an invitation, and says what is missing without one',
  { skip },
  async (context) => {
    const { run, open, env, address } = await scene(context);
    const code = (await run('invite')).trim();
    const without = await runEarshot(['join', 'carol', address], env);
    assert.equal(without.exitCode, 1);
    assert.match(
      without.stderr,
      /need an invitation and an account \(412\); give its code with --invitation CODE/,
    );
    const pty = open('join', 'carol', address, '--invitation', code);
    await pty.waitFor('a question', lastIs('New password for carol:'));
    pty.type('correct horse\r');
    await pty.waitFor('the question again', lastIs('The same again:'));
    pty.type('correct horse\r');
    await pty.waitFor('a prompt', lastIs('>'));
    assert.match(await run('accounts'), /^carol /m);
    const used = await runEarshot(['join', 'dave', address, '--invitation', code], {
      ...env,
      EARSHOT_PASSWORD: 'correct horse',
    });
    assert.match(used.stderr, /That invitation is not valid, or was used already/);
  },
);

test('the menu asks for an invitation', { skip }, async (context) => {
  const { run, open, port } = await scene(context);
  const code = (await run('invite')).trim();
  const pty = open('menu', '--host', '127.0.0.1', '-p', port);
  await pty.waitFor('a name', ({ rows }) => rows.at(-1)?.startsWith('Enter user name') === true);
  pty.type('carol\r');
  await pty.waitFor('a password', ({ rows }) => rows.at(-1)?.startsWith('Enter Password') === true);
  pty.type('correct horse\r');
  await pty.waitFor('an invitation', ({ rows }) => rows.at(-1)?.startsWith('Enter invitation') === true);
  pty.type(`${code}\r`);
  await pty.waitFor('a login', ({ rows }) => rows.some((row) => row.includes('The account carol is made')));
});

test(
  'join tells of a ban and of an announcement, and leaves when it is kicked',
  { skip },
  async (context) => {
    const { run, open, env, address } = await scene(context);
    await run('registration', 'open');
    const pty = open('join', 'bob', address);
    await pty.waitFor('a prompt', lastIs('>'));
    await run('announce', 'back in five minutes');
    await pty.waitFor('the notice', ({ rows }) => rows.some((row) => row.includes('back in five minutes')));
    await run('ban', 'bob', 'spam');
    await pty.waitFor('the reason', ({ rows }) =>
      rows.some((row) => row.includes('This name is banned: spam')),
    );
    const again = await runEarshot(['join', 'bob', address], env);
    assert.equal(again.exitCode, 1);
    assert.match(again.stderr, /This name is banned: spam/);
    const chat10 = await runEarshot(['join', 'bob', address, '--protocol', 'chat10'], env);
    assert.equal(chat10.exitCode, 1);
    assert.match(chat10.stderr, /\(423 This name is banned: spam\)/);
  },
);
