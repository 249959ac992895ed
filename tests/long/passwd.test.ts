import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { makeAccounts } from '../support/server.ts';
import { runEarshot, startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const accounts = { alice: 'correct horse', bob: 'battery staple' };
const program = fileURLToPath(new URL('../../bin/earshot.js', import.meta.url));

async function logIn(client: WireClient, name: string, password: string): Promise<string> {
  client.send(`REGISTER ${name} CHAT/1.0\nPassword: ${password}\n\n`);
  return client.line();
}

test('a password is changed while the server runs: the next login needs it, and who was there goes', async (context) => {
  const data = await temporaryFolder(context);
  await makeAccounts(data, accounts);
  const server = await startServerProcess(context, ['--data', data]);
  const alice = await WireClient.connect(context, server);
  const bob = await WireClient.connect(context, server);
  assert.equal(await logIn(alice, 'alice', 'correct horse'), '200 Registration successful');
  assert.equal(await logIn(bob, 'bob', 'battery staple'), '200 Registration successful');
  const changed = await runEarshot(['passwd', 'alice', '--data', data], {}, 'another horse\nand more\n');
  assert.deepEqual([changed.exitCode, changed.stdout], [0, '']);
  assert.match(changed.stderr, /^The password of alice is changed/);
  const thief = await WireClient.connect(context, server);
  assert.equal(await logIn(thief, 'alice', 'correct horse'), '403 Wrong password');
  assert.equal(await alice.rest(), 'DISCONNECT CHAT/1.0\n');
  const owner = await WireClient.connect(context, server);
  assert.equal(await logIn(owner, 'alice', 'another horse'), '200 Registration successful');
  assert.equal(await bob.ask('!list'), 'bob, alice', 'nobody else has noticed');
  assert.equal(await server.end('SIGTERM'), 0);
});

test('what cannot be is told in one line, and nothing is changed', async (context) => {
  const data = await temporaryFolder(context);
  await makeAccounts(data, accounts);
  for (const [args, input, exitCode, problem] of [
    [['carol', '--data', data], 'long enough\n', 67, /has no account "carol"/],
    [['alice', '--data', join(data, 'missing')], 'long enough\n', 67, /has no account "alice"/],
    [['alice', '--data', data], 'short\n', 64, /at least 8 characters; nothing is changed/],
    [['alice', '--data', data], '', 64, /no password was given/],
    [[], '', 64, /missing required argument/],
  ] as const) {
    const ended = await runEarshot(['passwd', ...args], {}, input);
    assert.equal(ended.exitCode, exitCode, ended.stderr);
    assert.match(ended.stderr, problem);
    assert.doesNotMatch(ended.stderr, /\n\s+at /);
  }
  const server = await startServerProcess(context, ['--data', data]);
  const alice = await WireClient.connect(context, server);
  assert.equal(await logIn(alice, 'alice', 'correct horse'), '200 Registration successful');
});

test('on a terminal it asks twice, and shows nothing of it', { skip: ptyMissing }, async (context) => {
  const data = await temporaryFolder(context);
  await makeAccounts(data, accounts);
  const run = async (first: string, second: string): Promise<[number, Pty]> => {
    const pty = new Pty([process.execPath, program, 'passwd', 'alice', '--data', data].map(quoted).join(' '));
    context.after(() => pty.close());
    await pty.waitFor('the question', ({ raw }) => raw.includes('New password for alice: '));
    pty.type(`${first}\r`);
    await pty.waitFor('the second question', ({ raw }) => raw.includes('The same again: '));
    pty.type(`${second}\r`);
    return [await pty.exit(), pty];
  };
  const [differed, two] = await run('canary horse', 'canary house');
  assert.equal(differed, 64);
  assert.ok(two.rows.join('\n').includes('two different passwords'));
  // A typing mistake is mended, unseen as well.
  const [changed, one] = await run('canary horsf\u007fe', 'canary horse');
  assert.equal(changed, 0);
  assert.ok(one.rows.join('\n').includes('is changed'));
  for (const { raw } of [one, two]) assert.ok(!raw.includes('can') && !raw.includes('hors'), raw);
  const server = await startServerProcess(context, ['--data', data]);
  const alice = await WireClient.connect(context, server);
  assert.equal(await logIn(alice, 'alice', 'canary horse'), '200 Registration successful');
});
