import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Create, here, kinds, openAccounts, password } from '../support/accounts-factory.ts';

export function testLoad(create: Create): void {
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

  it('counts no attempt for which there was no room', async (test) => {
    const { accounts, watched } = await openAccounts(test, create, {
      passwordHashes: 1,
      passwordHashesWaiting: 0,
    });
    await accounts.create('alice', password, 0);
    watched.hold();
    const first = accounts.checkPassword('alice', password, 'elsewhere');
    for (let at = 0; at < 20; at++)
      assert.equal((await accounts.checkPassword('alice', password, here)).kind, 'busy');
    watched.release();
    await first;
    assert.equal((await accounts.checkPassword('alice', password, here)).kind, 'ok');
  });
}

export function testFairLoad(create: Create): void {
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

export function testThrottle(create: Create): void {
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
