import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Accounts, PasswordAnswer, Revoked } from '../../src/server/accounts/accounts.ts';
import {
  type AccountsFactory,
  cheapLimits,
  type OpenAccounts,
  openAccounts,
} from '../support/accounts-factory.ts';
import { testFollows } from './account-follows.ts';
import { testTokens } from './account-tokens.ts';

export type Create = (test: TestContext) => Promise<AccountsFactory>;

/** Proves an implementation of `Accounts`. `create` is called for each test, and cleans up with it. */
export function testAccounts(name: string, create: Create): void {
  describe(name, () => {
    testCreating(create);
    testPasswords(create);
    testLoad(create);
    testFairLoad(create);
    testThrottle(create);
    testTokens(create);
    testFollows(create);
    testClosing(create);
  });
}

export const password = 'correct horse battery';
const here = '192.0.2.1';

/** What the listener of `name` hears. */
export function heard(accounts: Accounts, name: string): Revoked[] {
  const revoked: Revoked[] = [];
  accounts.onRevoked(name, (what) => revoked.push(what));
  return revoked;
}

/** Lets the accounts look for what other processes did. */
export async function poll({ accounts, clock }: OpenAccounts): Promise<void> {
  clock.advance(cheapLimits.accountsPollMs);
  // They ask twice, one after the other; the answers to these come after that.
  for (let asked = 0; asked < 2; asked++) await accounts.loadFollows('nobody');
}

async function kinds(answers: Iterable<Promise<PasswordAnswer>>): Promise<string[]> {
  return (await Promise.all(answers)).map(({ kind }) => kind);
}

function testCreating(create: Create): void {
  it('has an account from the call that makes it on, and after it was opened again', async (test) => {
    const { accounts, reopen } = await openAccounts(test, create);
    assert.equal(accounts.isAccount('alice'), false);
    const creation = accounts.create('alice', password, 7);
    assert.equal(accounts.isAccount('alice'), true);
    assert.deepEqual(await creation, { kind: 'created', generation: 1 });
    assert.equal(accounts.isAccount('Alice'), false, 'case counts');
    assert.equal(accounts.isAccount('__proto__'), false);
    await accounts.close();
    const again = await reopen();
    assert.equal(again.isAccount('alice'), true);
    assert.equal((await again.checkPassword('alice', password, here)).kind, 'ok');
    assert.deepEqual(await again.create('alice', 'another password', 8), { kind: 'taken' });
    assert.equal((await again.checkPassword('alice', password, here)).kind, 'ok', 'nothing has changed');
  });

  it('makes one of fifty accounts that are to be made at once for one name', async (test) => {
    const { accounts, watched } = await openAccounts(test, create);
    const creations = await Promise.all(
      Array.from({ length: 50 }, (_, index) => accounts.create('alice', `${password} ${index}`, 0)),
    );
    assert.deepEqual(
      creations.map(({ kind }) => kind),
      ['created', ...Array.from({ length: 49 }, () => 'taken')],
    );
    assert.equal(watched.count, 1, 'and hashes one password');
    assert.equal((await accounts.checkPassword('alice', `${password} 0`, here)).kind, 'ok');
  });

  it('takes no password that nobody may have', async (test) => {
    const { accounts } = await openAccounts(test, create);
    for (const bad of ['seven c', 'x'.repeat(257), 'a\u0000bcdefgh', ' leading space']) {
      await assert.rejects(accounts.create('alice', bad, 0), RangeError);
    }
    assert.equal(accounts.isAccount('alice'), false);
    for (const [name, good] of [
      ['short', '8 chars.'],
      ['long', '🍎'.repeat(256)],
    ] as const) {
      assert.equal((await accounts.create(name, good, 0)).kind, 'created');
      assert.equal((await accounts.checkPassword(name, good, here)).kind, 'ok');
    }
  });
}

function testPasswords(create: Create): void {
  it('tells the right password from others, to the last character', async (test) => {
    const { accounts } = await openAccounts(test, create, { loginFailures: 1000, addressFailures: 1000 });
    const long = 'x'.repeat(255);
    await accounts.create('alice', `${long}1`, 0);
    assert.deepEqual(await accounts.checkPassword('alice', `${long}1`, here), { kind: 'ok', generation: 1 });
    for (const wrong of [
      '',
      'x',
      long,
      `${long}2`,
      `${long}11`,
      `${long.toUpperCase()}1`,
      'y'.repeat(5000),
    ]) {
      assert.deepEqual(await accounts.checkPassword('alice', wrong, here), { kind: 'wrong' });
    }
    assert.deepEqual(await accounts.checkPassword('Alice', `${long}1`, here), { kind: 'wrong' });
  });

  it('takes the same characters for the same, however they are encoded', async (test) => {
    const { accounts } = await openAccounts(test, create);
    await accounts.create('alice', 'Zoë’s crème brûlée'.normalize('NFD'), 0);
    assert.equal(
      (await accounts.checkPassword('alice', 'Zoë’s crème brûlée'.normalize('NFC'), here)).kind,
      'ok',
    );
    assert.equal((await accounts.checkPassword('alice', 'Zoë’s creme brûlée', here)).kind, 'wrong');
  });

  it('gives the same answer for the same work when there is no such account', async (test) => {
    const { accounts, watched } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    const works = [];
    for (const [name, address] of [
      ['alice', '192.0.2.1'],
      ['nobody', '192.0.2.2'],
    ] as const) {
      const before = watched.count;
      const answers = [];
      for (let i = 0; i < 6; i++) answers.push(await accounts.checkPassword(name, `wrong ${i}`, address));
      works.push({ answers, hashes: watched.count - before });
    }
    assert.deepEqual(works[0], works[1]);
    assert.deepEqual(works[0], {
      answers: [...Array.from({ length: 5 }, () => ({ kind: 'wrong' })), { kind: 'later', seconds: 1 }],
      hashes: 5,
    });
  });

  it('revokes everything when another process changes the password', async (test) => {
    const opened = await openAccounts(test, create);
    const { accounts, admin, reopen } = opened;
    await accounts.create('alice', password, 0);
    const revoked = heard(accounts, 'alice');
    const others = heard(accounts, 'bob');
    assert.equal(await admin.setPassword('alice', 'something else'), true);
    assert.equal(await admin.setPassword('nobody', 'something else'), false);
    await poll(opened);
    assert.deepEqual([revoked, others], [[{ kind: 'all' }], []]);
    assert.equal(accounts.isAccount('nobody'), false);
    for (const now of [accounts, undefined]) {
      if (now === undefined) await accounts.close();
      const open = now ?? (await reopen());
      assert.deepEqual(await open.checkPassword('alice', password, here), { kind: 'wrong' });
      assert.deepEqual(await open.checkPassword('alice', 'something else', here), {
        kind: 'ok',
        generation: 2,
      });
    }
  });

  it('lets nobody in by a password that is changed meanwhile without telling them', async (test) => {
    const opened = await openAccounts(test, create, {
      passwordHashes: 100,
      loginFailures: 100,
    });
    const { accounts, admin, watched } = opened;
    await accounts.create('alice', password, 0);
    let unheard = 0;
    const logins = Array.from({ length: 20 }, async () => {
      const answer = await accounts.checkPassword('alice', password, here);
      if (answer.kind !== 'ok') return answer.kind;
      unheard++;
      accounts.onRevoked('alice', () => unheard--);
      return answer.kind;
    });
    assert.equal(await admin.setPassword('alice', 'something else'), true);
    const answers = await Promise.all(logins);
    await poll(opened);
    assert.ok(watched.count >= 21);
    assert.equal(unheard, 0, answers.join());
    assert.equal(await accounts.issueToken('alice', 'too late', 1), undefined);
  });
}

function testLoad(create: Create): void {
  it('hashes two passwords at once, has 64 wait, and is too busy for the 65th', async (test) => {
    const { accounts, watched } = await openAccounts(test, create, { passwordHashesWaiting: 64 });
    await accounts.create('alice', password, 0);
    watched.count = 0;
    watched.hold();
    const inTime = Array.from({ length: 66 }, (_, i) => accounts.checkPassword('alice', password, `h${i}`));
    assert.deepEqual(await accounts.checkPassword('alice', password, 'late'), { kind: 'busy' });
    assert.deepEqual(await accounts.create('bob', password, 0), { kind: 'busy' });
    assert.equal(accounts.isAccount('bob'), false, 'and the name is free again');
    assert.ok(watched.count <= 2);
    watched.release();
    assert.deepEqual(new Set(await kinds(inTime)), new Set(['ok']));
    assert.equal(watched.count, 66);
    assert.equal((await accounts.checkPassword('alice', password, 'late')).kind, 'ok');
  });
}

function testFairLoad(create: Create): void {
  it('has few passwords of one address wait, and addresses take turns', async (test) => {
    const { accounts, watched } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    watched.hold();
    const crowd = Array.from({ length: 64 }, (_, address) =>
      Array.from({ length: 12 }, (_, at) =>
        accounts.checkPassword(`nobody-${at}`, password, `10.0.0.${address}`),
      ),
    );
    let checked = 0;
    for (const one of crowd.flat()) void one.then(() => checked++);
    const owner = accounts.checkPassword('alice', password, '198.51.100.7').then((answer) => {
      // Each of the others had a turn or two before.
      assert.ok(checked <= 2 * 64 + 64 * 4, `${checked}`);
      return answer;
    });
    watched.release();
    assert.equal((await owner).kind, 'ok');
    const answers = await Promise.all(crowd.slice(1).map(kinds));
    for (const own of answers) assert.equal(own.filter((kind) => kind === 'busy').length, 4);
  });

  for (const way of ['password', 'token'] as const) {
    it(`lets a flood from strange addresses hold up nobody where a ${way} was right before`, async (test) => {
      const { accounts, watched } = await openAccounts(test, create);
      await accounts.create('alice', password, 0);
      if (way === 'password') await accounts.checkPassword('alice', password, '2001:db8::1');
      else {
        const { token = '' } = (await accounts.issueToken('alice', 'laptop', 1)) ?? {};
        await accounts.checkToken('alice', token, '2001:db8::1');
      }
      watched.hold();
      const flood = Array.from({ length: 256 }, (_, at) =>
        accounts.checkPassword(`nobody-${at}`, password, `10.0.0.${at % 64}`),
      );
      let checked = 0;
      for (const one of flood) void one.then(() => checked++);
      // The same for a name without an account: only the address counts.
      const own = ['alice', 'nobody'].map(async (name) => {
        await accounts.checkPassword(name, password, '2001:db8::2');
        return checked;
      });
      watched.release();
      for (const before of await Promise.all(own)) assert.ok(before <= 12, `${before}`);
      await Promise.all(flood);
    });
  }
}

function testThrottle(create: Create): void {
  it('has who guesses wait, and nobody else', async (test) => {
    const { accounts, clock } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    const token = (await accounts.issueToken('alice', 'laptop', 1))?.token ?? '';
    const guess = () => accounts.checkPassword('alice', 'a wrong guess', here);
    for (let i = 0; i < 5; i++) assert.equal((await guess()).kind, 'wrong');
    assert.deepEqual(await accounts.checkPassword('alice', password, here), { kind: 'later', seconds: 1 });
    assert.equal((await accounts.checkPassword('alice', password, '198.51.100.7')).kind, 'ok');
    assert.ok((await accounts.checkToken('alice', token, here)) !== undefined);
    clock.advance(1000);
    assert.equal((await guess()).kind, 'wrong');
    assert.deepEqual(await guess(), { kind: 'later', seconds: 2 });
    clock.advance(2000);
    assert.equal((await accounts.checkPassword('alice', password, here)).kind, 'ok');
    for (let i = 0; i < 5; i++) assert.equal((await guess()).kind, 'wrong', 'which is forgotten then');
  });

  it('hashes no more guesses than may fail, also of those that come at once', async (test) => {
    const { accounts, watched } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    watched.count = 0;
    const guesses = Array.from({ length: 40 }, () => accounts.checkPassword('alice', 'a wrong guess', here));
    const answers = await kinds(guesses);
    assert.equal(watched.count, 5);
    assert.equal(answers.filter((kind) => kind === 'wrong').length, 5);
    assert.equal(answers.filter((kind) => kind === 'busy').length, 35);
  });
}

function testClosing(create: Create): void {
  it('gives nothing any more once it is closed', async (test) => {
    const { accounts } = await openAccounts(test, create);
    const creation = accounts.issueToken('alice', 'laptop', 1);
    await accounts.close();
    await accounts.close();
    assert.equal(await creation, undefined, 'what was asked before is answered');
    await assert.rejects(accounts.create('bob', password, 0), /closed/);
    await assert.rejects(accounts.checkPassword('bob', password, here), /closed/);
    await assert.rejects(accounts.loadFollows('bob'), /closed/);
  });
}
