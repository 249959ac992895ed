import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Create, heard, here, openAccounts, password, poll } from '../support/accounts-factory.ts';

/** What an account's owner changes while they are logged in. */
export function testOwner(create: Create): void {
  it('changes the password for who knows the old one, removes all tokens, and says by whom', async (test) => {
    const opened = await openAccounts(test, create);
    const { accounts, admin, reopen } = opened;
    await accounts.create('alice', password, 0);
    await accounts.create('bob', password, 0);
    const alices = await accounts.issueToken('alice', 'laptop', 1);
    const bobs = await accounts.issueToken('bob', 'laptop', 1);
    const [revoked, others] = [heard(accounts, 'alice'), heard(accounts, 'bob')];
    const by = {};
    const change = { old: password, password: 'something else', address: here, by };
    const wrong = await accounts.changePassword('alice', { ...change, old: 'a wrong one' });
    assert.deepEqual([wrong, revoked], [{ kind: 'wrong' }, []]);
    await assert.rejects(accounts.changePassword('alice', { ...change, password: 'short' }), RangeError);
    assert.equal((await accounts.changePassword('nobody', change)).kind, 'wrong');
    assert.deepEqual(await accounts.changePassword('alice', change), { kind: 'ok', generation: 2 });
    assert.equal(revoked.length, 1);
    assert.ok(revoked[0]?.kind === 'all' && revoked[0].by === by);
    assert.equal(await accounts.checkToken('alice', alices?.token ?? '', here), undefined);
    assert.equal((await accounts.checkPassword('alice', password, here)).kind, 'wrong');
    assert.equal((await accounts.checkPassword('alice', 'something else', here)).kind, 'ok');
    assert.equal(await accounts.issueToken('alice', '', 1), undefined, 'the old generation is over');
    assert.ok((await accounts.issueToken('alice', '', 2)) !== undefined);
    await poll(opened);
    assert.deepEqual([revoked.length, others], [1, []], 'nobody hears of it twice');
    assert.equal(await accounts.checkToken('bob', bobs?.token ?? '', here), bobs?.id);
    assert.equal(admin.tokens('alice').length, 1);
    await accounts.close();
    assert.equal((await (await reopen()).checkPassword('alice', 'something else', here)).kind, 'ok');
  });

  it('of several changes at once lets one be done', async (test) => {
    const { accounts } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    const change = (next: string) =>
      accounts.changePassword('alice', { old: password, password: next, address: here });
    const answers = await Promise.all([change('password one'), change('password two')]);
    assert.deepEqual(answers.map(({ kind }) => kind).sort(), ['ok', 'wrong']);
  });

  it('counts wrong old passwords as guesses', async (test) => {
    const { accounts } = await openAccounts(test, create, { loginFailures: 2 });
    await accounts.create('alice', password, 0);
    const change = { old: 'a wrong one', password: 'something else', address: here };
    for (let i = 0; i < 2; i++)
      assert.deepEqual(await accounts.changePassword('alice', change), { kind: 'wrong' });
    assert.equal((await accounts.changePassword('alice', { ...change, old: password })).kind, 'later');
    assert.equal(
      (await accounts.checkPassword('alice', password, here)).kind,
      'later',
      'one throttle for both',
    );
  });

  it('lists the tokens of an account, and revokes one of them', async (test) => {
    const { accounts, clock } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    await accounts.create('bob', password, 0);
    assert.deepEqual(await accounts.tokens('alice'), []);
    const laptop = await accounts.issueToken('alice', 'laptop', 1);
    clock.advance(1_000);
    const phone = await accounts.issueToken('alice', 'phone', 1);
    const labels = async () => (await accounts.tokens('alice')).map(({ label }) => label);
    assert.deepEqual(await labels(), ['phone', 'laptop']);
    const revoked = heard(accounts, 'alice');
    assert.equal(await accounts.revokeToken('bob', laptop?.id ?? 0), false, "nobody revokes another's");
    assert.equal(await accounts.revokeToken('alice', laptop?.id ?? 0), true);
    assert.equal(await accounts.revokeToken('alice', laptop?.id ?? 0), false);
    assert.deepEqual(revoked, [{ kind: 'token', id: laptop?.id }]);
    assert.deepEqual(await labels(), ['phone']);
    assert.equal(await accounts.checkToken('alice', laptop?.token ?? '', here), undefined);
    assert.equal(await accounts.checkToken('alice', phone?.token ?? '', here), phone?.id);
  });
}
