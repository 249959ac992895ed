import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { attachFile, beginUpload, sendPieces } from '../support/chat11-files.ts';
import { admin, adminDone } from '../support/operator.ts';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { makeAccounts, testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const file = Buffer.from('bytes of the file');
const passwords = { alice: 'correct horse', bob: 'battery staple' };

async function scene(context: TestContext) {
  const data = await temporaryFolder(context);
  await makeAccounts(data, passwords);
  const server = await testServer(context, { dataFolder: data });
  const logIn = async (name: keyof typeof passwords, headers = {}) => {
    const own = { Password: passwords[name], ...headers };
    const { client, answer } = await ParcelClient.enter(context, server, `LOGIN ${name}`, own);
    assert.equal(answer.start, '200 Logged in', answer.start);
    return client;
  };
  const bytes = () =>
    ['earshot.db', 'earshot.db-wal', 'accounts.db', 'accounts.db-wal']
      .map((name) => join(data, name))
      .filter(existsSync)
      .map((file) => readFileSync(file, 'latin1'))
      .join();
  return { data, server, logIn, bytes };
}

const historyOf = async (client: ParcelClient) => {
  client.send('HISTORY', { Limit: 50 });
  return textsOf(await client.until('200'));
};

test('erase leaves nothing of a user in the databases, and everything of the others', async (context) => {
  const { data, server, logIn, bytes } = await scene(context);
  const alice = await logIn('alice', { Follow: 'apple' });
  const bob = await logIn('bob', { Follow: 'xylophone7' });
  for (let index = 0; index < 300; index++) {
    bob.send('SEND', {}, `apple quizzical${index} ${'zyzzyva '.repeat(index % 50)}`);
    assert.match((await bob.until('200'))[0]?.start ?? '', /^200|MESSAGE/);
  }
  bob.send('SENDTO alice', {}, 'whispered zugzwang');
  await bob.until('200');
  await attachFile(await logIn('bob'), file, { To: 'alice', Name: 'secretname.txt' });
  alice.send('SENDTO bob', {}, 'alice keeps this');
  await alice.until('200');
  const before = bytes();
  for (const word of ['quizzical299', 'zyzzyva', 'zugzwang', 'secretname', 'xylophone7'])
    assert.ok(before.includes(word), word);
  assert.equal(readdirSync(join(data, 'attachments')).length, 1);
  const half = await logIn('bob');
  sendPieces(half, await beginUpload(half, file, { To: 'alice' }), file.subarray(0, 5));
  while (readdirSync(join(data, 'attachments')).length < 2) await new Promise(setImmediate);

  assert.equal((await admin(data, 'erase', 'bob')).exitCode, 64, 'not without --yes');
  const erased = JSON.parse(await adminDone(data, 'erase', 'bob', '--yes', 'bob', '--json'));
  assert.deepEqual(erased, { name: 'bob', account: true, messages: 302, files: 1, isCompact: true });
  assert.equal((await bob.until('DISCONNECT')).at(-1)?.headers.Retry, 'no');
  const after = bytes();
  for (const word of ['quizzical', 'zyzzyva', 'zugzwang', 'secretname', 'xylophone7'])
    assert.ok(!after.includes(word), word);
  assert.ok(after.includes('alice keeps this'));
  assert.deepEqual(readdirSync(join(data, 'attachments')), []);

  const again = await logIn('alice');
  assert.deepEqual(await historyOf(again), ['alice keeps this']);
  again.send('SEND', {}, 'apple');
  await again.until('200');
  const status = JSON.parse(await adminDone(data, 'status', '--json'));
  assert.equal(status.position, 304, 'positions go on');
  const free = await ParcelClient.enter(context, server, 'NAME bob');
  assert.equal(free.answer.headers.Status, 'free');
  const guest = await ParcelClient.enter(context, server, 'REGISTER bob');
  assert.deepEqual(await historyOf(guest.client), [], 'a new bob gets nothing of the old one');
  assert.equal((await admin(data, 'erase', 'carol', '--yes', 'carol')).exitCode, 67);
});

test('a guest who is erased while only their place is kept has no place any more', async (context) => {
  const { data, server } = await scene(context);
  const { client, answer } = await ParcelClient.enter(context, server, 'REGISTER carol');
  client.send('SEND', {}, 'hello');
  await client.until('200');
  client.wire.close();
  const other = await ParcelClient.connect(context, server);
  while ((await other.ask('NAME carol')).headers.Online === 'yes');
  await adminDone(data, 'erase', 'carol', '--yes', 'carol');
  assert.equal((await other.ask('NAME carol')).headers.Status, 'free');
  const token = answer.headers.Token ?? '';
  const back = await ParcelClient.enter(context, server, 'LOGIN carol', { Token: token });
  assert.match(back.answer.start, /^403 /);
});

test('export copies what is stored of a user, with and without a server', async (context) => {
  const { data, server, logIn } = await scene(context);
  const alice = await logIn('alice');
  const bob = await logIn('bob', { Follow: 'apple' });
  bob.send('SEND', {}, 'public words');
  await bob.until('200');
  alice.send('SENDTO bob', {}, 'for bob alone');
  await alice.until('200');
  alice.send('SEND', {}, 'nothing of bob');
  await alice.until('200');
  await attachFile(await logIn('bob'), file, { To: 'alice', Name: 'note.txt' });
  for (const folder of ['with', 'without']) {
    if (folder === 'without') await server.close();
    const to = join(data, '..', `${data.split('/').at(-1)}-${folder}`);
    await adminDone(data, 'export', 'bob', to);
    const lines = (name: string) =>
      readFileSync(join(to, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    const account = lines('account.jsonl');
    assert.deepEqual(
      account.map(({ kind }) => kind),
      ['account', 'follow', 'token', 'token'],
    );
    assert.ok(!JSON.stringify(account).includes('argon2'), 'no hash');
    const messages = lines('messages.jsonl');
    assert.deepEqual(
      messages.map(({ from, text, kind }) => [from, kind, text]),
      [
        ['bob', 'text', 'public words'],
        ['alice', 'private', 'for bob alone'],
        ['bob', 'attachment', undefined],
      ],
    );
    const [copy = ''] = readdirSync(join(to, 'files'));
    assert.match(copy, /^[0-9a-f]{32}-note\.txt$/);
    assert.equal(readFileSync(join(to, 'files', copy), 'utf8'), 'bytes of the file');
    assert.equal(statSync(to).mode & 0o777, 0o700);
    assert.equal((await admin(data, 'export', 'bob', to)).exitCode, 73, 'never into a folder with files');
  }
  assert.match(readFileSync(join(data, 'audit.log'), 'utf8'), /"command":"export"/);
});

test('export of a new account has nothing private of those who had the name before', async (context) => {
  const { data, server, logIn } = await scene(context);
  const alice = await logIn('alice');
  const tell = async (text: string) => {
    alice.send('SENDTO bob', {}, text);
    assert.match((await alice.until('200')).at(-1)?.start ?? '', /^200 Sent/);
  };
  await tell('for the first bob');
  await attachFile(await logIn('alice'), file, { To: 'bob', Name: 'first.txt' });
  await adminDone(data, 'erase', 'bob', '--yes', 'bob');
  const guest = await ParcelClient.enter(context, server, 'REGISTER bob');
  guest.client.send('SENDTO alice', {}, 'a guest in between');
  await guest.client.until('200');
  guest.client.send('SEND', {}, 'said in public');
  await guest.client.until('200');
  await guest.client.ask('LOGOUT');
  const second = await ParcelClient.enter(context, server, 'REGISTER bob', { Password: 'battery staple' });
  assert.equal(second.answer.start, '200 Registered');
  await tell('for the second bob');
  const to = join(await temporaryFolder(context), 'bob');
  await adminDone(data, 'export', 'bob', to);
  const texts = readFileSync(join(to, 'messages.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text);
  assert.deepEqual(texts, ['said in public', 'for the second bob']);
  assert.equal(existsSync(join(to, 'files')), false);
});

test('export of somebody unknown leaves nothing, so the next may use the folder', async (context) => {
  const { data, logIn } = await scene(context);
  const bob = await logIn('bob');
  bob.send('SEND', {}, 'only one');
  await bob.until('200');
  const parent = await temporaryFolder(context);
  const [to, own] = [join(parent, 'new'), join(parent, 'own')];
  mkdirSync(own);
  for (const folder of [to, own]) assert.equal((await admin(data, 'export', 'bbo', folder)).exitCode, 67);
  assert.equal(existsSync(to), false);
  assert.deepEqual(readdirSync(own), []);
  assert.equal(
    await adminDone(data, 'export', 'bob', to),
    `${to} holds what is stored of bob: 1 message and 0 files.\n`,
  );
});

const isRoot = process.getuid?.() === 0;

test(
  'an audit file that root makes belongs to the owner of the folder',
  { skip: !isRoot },
  async (context) => {
    const { data, server } = await scene(context);
    await server.close();
    const audit = join(data, 'audit.log');
    assert.equal(existsSync(audit), false);
    const [uid, gid] = [54_321, 54_322];
    chownSync(data, uid, gid);
    const parent = await temporaryFolder(context);
    await adminDone(data, 'export', 'bob', join(parent, 'first'));
    const made = statSync(audit);
    assert.deepEqual([made.uid, made.gid, made.mode & 0o777], [uid, gid, 0o600]);

    const other = join(parent, 'other');
    writeFileSync(other, '');
    rmSync(audit);
    symlinkSync(other, audit);
    assert.equal((await admin(data, 'export', 'bob', join(parent, 'second'))).exitCode, 1);
    assert.equal(readFileSync(other, 'utf8'), '', 'root follows no link there');
  },
);
