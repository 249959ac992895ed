import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it, type TestContext } from 'node:test';
import { testAccounts } from '../../../tests/contract/accounts.ts';
import { sqliteAdmin } from '../../../tests/support/accounts-admin.ts';
import {
  type AccountsFactory,
  type OpenOptions,
  openAccounts,
} from '../../../tests/support/accounts-factory.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { type Accounts, AccountsOpenError, type Revoked } from './accounts.ts';
import { openSqliteAccounts } from './sqlite-accounts.ts';

const password = 'correct horse battery';

async function onFile(test: TestContext): Promise<AccountsFactory & { file: string; failures: Error[] }> {
  const file = join(await temporaryFolder(test), 'accounts.db');
  const failures: Error[] = [];
  const onFailure = (error: Error) => void failures.push(error);
  const open = (options: OpenOptions) => openSqliteAccounts({ file, onFailure, ...options });
  return Object.assign(open, { admin: sqliteAdmin(file), file, failures });
}

testAccounts('SqliteAccounts', onFile);

async function withFile(test: TestContext) {
  const factory = await onFile(test);
  const open = await openAccounts(test, async () => factory);
  return { ...open, file: factory.file, failures: factory.failures };
}

function storedPassword(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare('SELECT password FROM accounts').get();
  database.close();
  return String(row?.password);
}

it('makes its files private, and leaves one of them when it closes', async (test) => {
  const { accounts, file } = await withFile(test);
  await accounts.create('alice', password, 0);
  for (const name of [file, `${file}-wal`, `${file}-shm`])
    assert.equal((await stat(name)).mode & 0o777, 0o600);
  await accounts.close();
  assert.deepEqual(await readdir(dirname(file)), ['accounts.db']);
});

it('writes no password and no token, whatever is done with them', async (test) => {
  const { accounts, admin, file, reopen } = await withFile(test);
  const secrets = ['canary password one', 'canary password two', 'canary password three'];
  const [first = '', second = '', wrong = ''] = secrets;
  await accounts.create('alice', first, 0);
  const { token = '' } = (await accounts.issueToken('alice', 'laptop', 1)) ?? {};
  await accounts.checkPassword('alice', wrong, 'here');
  await accounts.checkToken('alice', token, 'here');
  await admin.setPassword('alice', second);
  const another = (await accounts.issueToken('alice', 'laptop', 2))?.token ?? '';
  const bytes = Buffer.from(another, 'hex').toString('latin1');
  const assertClean = async () => {
    const names = await readdir(dirname(file));
    assert.ok(names.includes('accounts.db'));
    for (const name of names) {
      const content = await readFile(join(dirname(file), name), 'latin1');
      for (const secret of [...secrets, token, another, bytes]) assert.ok(!content.includes(secret), name);
    }
  };
  await assertClean();
  await accounts.close();
  await assertClean();
  await (await reopen()).close();
});

it('stores a password as an argon2id hash, and rehashes it at a login when the cost was raised', async (test) => {
  const { accounts, file, reopen } = await withFile(test);
  await accounts.create('alice', password, 0);
  const cheap = storedPassword(file);
  assert.match(cheap, /^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  await accounts.checkPassword('alice', password, 'here');
  assert.equal(storedPassword(file), cheap);
  await accounts.close();
  const { defaultLimits } = await import('../../protocol/limits.ts');
  const again = await reopen({ limits: defaultLimits });
  assert.equal((await again.checkPassword('alice', 'a wrong guess', 'here')).kind, 'wrong');
  assert.equal(storedPassword(file), cheap);
  assert.deepEqual(await again.checkPassword('alice', password, 'here'), { kind: 'ok', generation: 1 });
  assert.match(storedPassword(file), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.deepEqual(await again.checkPassword('alice', password, 'here'), { kind: 'ok', generation: 1 });
});

it('notices what another process has changed', async (test) => {
  const { accounts, clock, file, failures } = await withFile(test);
  await accounts.create('alice', password, 0);
  await accounts.create('bob', password, 0);
  const revoked: [string, Revoked][] = [];
  const heard = Promise.withResolvers<void>();
  for (const name of ['alice', 'bob']) {
    accounts.onRevoked(name, (what) => {
      revoked.push([name, what]);
      heard.resolve();
    });
  }
  const other = new DatabaseSync(file);
  other.exec("UPDATE accounts SET generation = generation + 1 WHERE name = 'bob'");
  other.close();
  // The answer to this comes after that of the poll.
  clock.advance(2000);
  await heard.promise;
  clock.advance(2000);
  await accounts.loadFollows('bob');
  assert.deepEqual(revoked, [['bob', { kind: 'all' }]]);
  assert.equal(clock.pendingTimers, 1);
  assert.deepEqual(failures, []);
});

it('notices which tokens another process has revoked, and does not confuse them with its own changes', async (test) => {
  const factory = await onFile(test);
  const { accounts, clock, reopen } = await openAccounts(test, async () => factory, { tokensPerAccount: 3 });
  await accounts.create('alice', password, 0);
  await accounts.create('bob', password, 0);
  const issue = async (from: Accounts, name: string) => (await from.issueToken(name, 'laptop', 1))?.id ?? 0;
  const old = await issue(accounts, 'alice');
  const bobs = await issue(accounts, 'bob');
  await accounts.close();
  const again = await reopen();
  await issue(again, 'alice');
  const another = await issue(again, 'alice');
  // Makes room: the oldest is dropped.
  await issue(again, 'alice');
  const revoked: [string, Revoked][] = [];
  for (const name of ['alice', 'bob']) again.onRevoked(name, (what) => revoked.push([name, what]));
  const other = new DatabaseSync(factory.file);
  const poll = async (ms = 2000) => {
    clock.advance(ms);
    // A poll makes two calls, one after the other; the answers to these come after them.
    for (let asked = 0; asked < 2; asked++) await again.loadFollows('bob');
  };
  other.exec(`DELETE FROM tokens WHERE id IN (${another}, ${bobs})`);
  await poll();
  assert.deepEqual(revoked, [
    ['bob', { kind: 'token', id: bobs }],
    ['alice', { kind: 'token', id: another }],
  ]);
  other.exec('UPDATE tokens SET used_ms = 0');
  await poll(40 * 24 * 60 * 60 * 1000);
  await again.removeIdleTokens(0);
  other.exec("UPDATE tokens SET label = 'desk'");
  await poll();
  assert.equal(revoked.length, 2, `${old} and those that were idle were not revoked by anybody else`);
  other.close();
});

it('does not end a session whose password another process has just set', async (test) => {
  const { accounts, clock, file } = await withFile(test);
  await accounts.create('alice', password, 0);
  const [before, after]: [Revoked[], Revoked[]] = [[], []];
  accounts.onRevoked('alice', (what) => before.push(what));
  const other = new DatabaseSync(file);
  other.exec('UPDATE accounts SET generation = generation + 1');
  other.close();
  assert.deepEqual(await accounts.checkPassword('alice', password, 'here'), { kind: 'ok', generation: 2 });
  accounts.onRevoked('alice', (what) => after.push(what));
  clock.advance(2000);
  await accounts.loadFollows('alice');
  assert.deepEqual([before, after], [[{ kind: 'all' }], []]);
});

it('changes nothing while another process keeps the file locked, and works afterwards', async (test) => {
  const { accounts, file, failures } = await withFile(test);
  await accounts.create('alice', password, 0);
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  // SQLite waits five seconds for the other.
  await assert.rejects(accounts.create('bob', password, 0), { name: 'NotWrittenError', reason: 'locked' });
  assert.equal(accounts.isAccount('bob'), false);
  assert.equal((await accounts.checkPassword('alice', password, 'here')).kind, 'ok');
  other.exec('ROLLBACK');
  other.close();
  assert.equal((await accounts.create('bob', password, 0)).kind, 'created');
  assert.deepEqual(failures, []);
});

it('reports a failure once, then rejects everything', async (test) => {
  const { accounts, file, failures } = await withFile(test);
  await accounts.create('alice', password, 0);
  const vandal = new DatabaseSync(file);
  vandal.exec('DROP TABLE tokens');
  vandal.close();
  await assert.rejects(
    accounts.issueToken('alice', 'laptop', 1),
    /the accounts cannot be used: no such table/,
  );
  await assert.rejects(accounts.checkPassword('alice', password, 'here'), /cannot be used/);
  await accounts.close();
  assert.equal(failures.length, 1);
});

it('refuses a file that holds something else', async (test) => {
  for (const [content, problem] of [
    ['Dear diary, today I wrote a chat server.\n'.repeat(1000), /this is not an earshot account file/],
    [undefined, /database of another program/],
  ] as const) {
    const factory = await onFile(test);
    if (content !== undefined) await writeFile(factory.file, content);
    else {
      const database = new DatabaseSync(factory.file);
      database.exec('CREATE TABLE accounts (title TEXT)');
      database.close();
    }
    await assert.rejects(
      openAccounts(test, async () => factory),
      (error) => {
        assert.ok(error instanceof AccountsOpenError);
        assert.match(error.message, problem);
        assert.ok(!error.message.includes('\n'));
        return true;
      },
    );
    assert.deepEqual(factory.failures, []);
  }
});
