import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSqliteAccounts } from '../../src/server/accounts/sqlite-accounts.ts';
import { accountsFileIn } from '../../src/server/data-folder.ts';
import { cheapLimits } from '../support/accounts-factory.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { makeAccounts } from '../support/server.ts';
import { runEarshot, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const accounts = { alice: 'correct horse', bob: 'battery staple' };
const byPassword = (name: keyof typeof accounts) => ({ Password: accounts[name] });

/** A server whose accounts are looked after every 20 ms. */
async function startServer(context: TestContext): Promise<{ server: ServerProcess; data: string }> {
  const data = await temporaryFolder(context);
  await makeAccounts(data, accounts);
  const server = await startServerProcess(context, ['--data', data, '--limit', 'accountsPollMs=20']);
  return { server, data };
}

async function logIn(
  context: TestContext,
  server: ServerProcess,
  name: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ client: ParcelClient; token: string }> {
  const { client, answer } = await ParcelClient.enter(context, server, `LOGIN ${name}`, headers);
  assert.equal(answer.start, '200 Logged in');
  return { client, token: answer.headers.Token ?? '' };
}

/** The ids that `earshot tokens` lists, as it lists them. */
async function idsOf(data: string, name: string): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runEarshot(['tokens', name, '--data', data]);
  assert.equal(exitCode, 0, stderr);
  return stdout
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(' ')[0] ?? '');
}

async function assertExpelled(client: ParcelClient): Promise<void> {
  const last = await client.next();
  assert.equal(last.start, 'DISCONNECT CHAT/1.1');
  assert.deepEqual(last.headers, {
    Reason: 'What let you in was revoked; log in again',
    Retry: 'no',
  });
  assert.equal(await client.wire.rest(), '');
}

test('a token is revoked while the server runs: whoever it let in, or was given it, goes', async (context) => {
  const { server, data } = await startServer(context);
  const given = await logIn(context, server, 'alice', byPassword('alice'));
  const phone = await logIn(context, server, 'alice', byPassword('alice'));
  const bob = await logIn(context, server, 'bob', byPassword('bob'));
  const shown = await logIn(context, server, 'alice', { Token: given.token });
  assert.equal(shown.token, given.token);
  const [newer = '', older = '', ...more] = await idsOf(data, 'alice');
  assert.ok(Number(newer) > Number(older) && more.length === 0, 'the one made last is the first');
  const revoked = await runEarshot(['tokens', 'alice', '--revoke', older, '--data', data]);
  assert.deepEqual([revoked.exitCode, revoked.stdout], [0, '']);
  assert.equal(revoked.stderr, `Token ${older} of alice is revoked; its sessions are disconnected.\n`);
  for (const { client } of [given, shown]) await assertExpelled(client);
  const { answer } = await ParcelClient.enter(context, server, 'LOGIN alice', { Token: given.token });
  assert.equal(answer.start, '403 Password wrong or needed');
  for (const { client } of [phone, bob]) assert.equal((await client.ask('PING')).start, '200 Pong');
  await logIn(context, server, 'alice', { Token: phone.token });
  assert.deepEqual(await idsOf(data, 'alice'), [newer]);
  assert.equal(await server.end('SIGTERM'), 0);
});

test('all tokens are revoked; the password lets in as before, and who came by it over CHAT/1.0 stays', async (context) => {
  const { server, data } = await startServer(context);
  const devices = [
    await logIn(context, server, 'alice', byPassword('alice')),
    await logIn(context, server, 'alice', byPassword('alice')),
  ];
  const bob = await logIn(context, server, 'bob', byPassword('bob'));
  const old = await WireClient.connect(context, server);
  old.send('REGISTER alice CHAT/1.0\nPassword: correct horse\n\n');
  assert.equal(await old.line(), '200 Registration successful');
  const revoked = await runEarshot(['tokens', 'alice', '--revoke', 'all', '--data', data]);
  assert.equal(revoked.exitCode, 0);
  assert.equal(revoked.stderr, 'All tokens of alice are revoked (2); their sessions are disconnected.\n');
  for (const { client } of devices) await assertExpelled(client);
  assert.deepEqual(await idsOf(data, 'alice'), []);
  assert.equal(await old.ask('!list'), 'alice, bob');
  assert.equal((await bob.client.ask('PING')).start, '200 Pong');
  await logIn(context, server, 'alice', byPassword('alice'));
  assert.equal((await idsOf(data, 'alice')).length, 1);
});

test('without a server they are listed, the one used last first, and revoked', async (context) => {
  const data = await temporaryFolder(context);
  const clock = new FakeClock();
  const opened = await openSqliteAccounts({
    file: accountsFileIn(data),
    epoch: '',
    head: 0,
    limits: cheapLimits,
    clock,
    onFailure(error) {
      throw error;
    },
  });
  context.after(() => opened.close());
  await opened.create('alice', accounts.alice, 0);
  const laptop = await opened.issueToken('alice', 'CHAT/1.1 from 192.0.2.7', 1);
  clock.advance(2 * 60 * 60 * 1000);
  await opened.issueToken('alice', 'a\u001b[2J\u202eb', 1);
  clock.advance(26 * 60 * 60 * 1000);
  await opened.checkToken('alice', laptop?.token ?? '', 'here');
  await opened.close();
  const list = async () => (await runEarshot(['tokens', 'alice', '--data', data])).stdout;
  const [title, ...lines] = [
    'ID      LAST USED (UTC)   MADE (UTC)        LABEL\n',
    '1       1970-01-02 04:16  1970-01-01 00:16  CHAT/1.1 from 192.0.2.7\n',
    '2       1970-01-01 02:16  1970-01-01 02:16  a?[2J?b\n',
  ];
  assert.equal(await list(), [title, ...lines].join(''));
  assert.equal((await runEarshot(['tokens', 'alice', '--data', data, '--revoke', '1'])).exitCode, 0);
  assert.equal(await list(), [title, lines[1]].join(''));
  assert.equal((await runEarshot(['tokens', 'alice', '--data', data, '--revoke', 'all'])).exitCode, 0);
  const none = await runEarshot(['tokens', 'alice', '--data', data]);
  assert.deepEqual(none, { exitCode: 0, stdout: '', stderr: 'alice has no tokens.\n' });
});

test('what cannot be is told in one line, and nothing is changed', async (context) => {
  const { server, data } = await startServer(context);
  await logIn(context, server, 'bob', byPassword('bob'));
  const [bobs = ''] = await idsOf(data, 'bob');
  for (const [args, exitCode, problem] of [
    [['carol', '--data', data], 67, /has no account "carol"/],
    [['carol', '--data', data, '--revoke', 'all'], 67, /has no account "carol"/],
    [['alice', '--data', join(data, 'missing')], 67, /has no account "alice"/],
    [['alice', '--data', data, '--revoke', bobs], 67, /alice has no token 1; earshot tokens alice lists/],
    [['alice', '--data', data, '--revoke', '1x'], 64, /the ID of a token, as listed, or all/],
    [['alice', '--data', data, '--revoke', '9'.repeat(17)], 64, /the ID of a token/],
    [['alice', '--data', data, '--revoke'], 64, /argument missing/],
    [['--data', data], 64, /missing required argument/],
  ] as const) {
    const ended = await runEarshot(['tokens', ...args]);
    assert.equal(ended.exitCode, exitCode, ended.stderr);
    assert.match(ended.stderr, problem);
    assert.doesNotMatch(ended.stderr, /\n\s+at /);
  }
  assert.deepEqual(await idsOf(data, 'bob'), [bobs]);
});
