import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Create, heard, here, openAccounts, password, poll } from '../support/accounts-factory.ts';
import { testFollows } from './account-follows.ts';
import { testFairLoad, testLoad, testThrottle } from './account-load.ts';
import { testOwner } from './account-owner.ts';
import { testTokens } from './account-tokens.ts';

/** Proves an implementation of `Accounts`. `create` is called for each test, and cleans up with it. */
export function testAccounts(name: string, create: Create): void {
  describe(name, () => {
    testCreating(create);
    testPasswords(create);
    testLoad(create);
    testFairLoad(create);
    testThrottle(create);
    testTokens(create);
    testOwner(create);
    testFollows(create);
    testClosing(create);
  });
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
