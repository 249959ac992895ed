import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Accounts, Revoked } from '../../src/server/accounts/accounts.ts';
import { type Create, heard, openAccounts, password, poll } from '../support/accounts-factory.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

async function issue(accounts: Accounts, name: string, label = 'laptop') {
  const issued = await accounts.issueToken(name, label, 1);
  assert.ok(issued !== undefined);
  return issued;
}

/** Tokens: what stands in for a password. */
export function testTokens(create: Create): void {
  it('knows a token again, also after it was opened again', async (test) => {
    const { accounts, admin, clock, reopen } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    await accounts.create('bob', password, 0);
    const { id, token } = await issue(accounts, 'alice');
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.notEqual((await issue(accounts, 'alice')).token, token);
    assert.equal(await accounts.checkToken('alice', token, 'here'), id);
    assert.equal(await accounts.checkToken('bob', token, 'here'), undefined);
    assert.equal(await accounts.checkToken('nobody', token, 'here'), undefined);
    for (const wrong of ['', token.slice(1), `${token}0`, token.replace(/^./, 'x'), '0'.repeat(64)]) {
      assert.equal(await accounts.checkToken('alice', wrong, 'here'), undefined);
    }
    const tokens = admin.tokens('alice');
    assert.deepEqual(tokens[1], { id, label: 'laptop', createdMs: clock.nowMs(), usedMs: clock.nowMs() });
    await accounts.close();
    const again = await reopen();
    assert.equal(await again.checkToken('alice', token, 'here'), id);
    assert.deepEqual(admin.tokens('alice'), tokens);
    assert.deepEqual(admin.tokens('nobody'), []);
  });

  it('gives a token only for the password that the account has', async (test) => {
    const { accounts, admin } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    assert.equal(await accounts.issueToken('nobody', '', 1), undefined);
    const { token } = await issue(accounts, 'alice');
    await admin.setPassword('alice', 'something else');
    assert.equal(await accounts.checkToken('alice', token, 'here'), undefined);
    assert.equal(await accounts.issueToken('alice', '', 1), undefined);
    assert.ok((await accounts.issueToken('alice', '', 2)) !== undefined);
  });

  it('tells those who hold sessions which tokens another process revoked', async (test) => {
    const opened = await openAccounts(test, create);
    const { accounts, admin } = opened;
    await accounts.create('alice', password, 0);
    await accounts.create('bob', password, 0);
    const [one, two] = [await issue(accounts, 'alice'), await issue(accounts, 'alice')];
    const bobs = await issue(accounts, 'bob');
    const revoked = heard(accounts, 'alice');
    const stopped: unknown[] = [];
    const stop = accounts.onRevoked('alice', (what) => stopped.push(what));
    stop();
    stop();
    assert.equal(admin.revokeToken('bob', one.id), false, "nobody revokes another's");
    assert.equal(admin.revokeToken('alice', one.id), true);
    assert.equal(admin.revokeToken('alice', one.id), false);
    assert.equal(await accounts.checkToken('alice', one.token, 'here'), undefined);
    assert.equal(await accounts.checkToken('alice', two.token, 'here'), two.id);
    await poll(opened);
    admin.revokeTokens('alice');
    await poll(opened);
    assert.equal(await accounts.checkToken('alice', two.token, 'here'), undefined);
    assert.equal(await accounts.checkToken('bob', bobs.token, 'here'), bobs.id);
    assert.deepEqual(
      revoked,
      [one, two].map(({ id }) => ({ kind: 'token', id })),
    );
    assert.deepEqual(stopped, []);
    assert.ok((await issue(accounts, 'alice')).id > bobs.id, 'no id comes again');
  });

  it('ends tokens that nobody used for 30 days, and notes a use once an hour', async (test) => {
    const { accounts, admin, clock, reopen } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    const beganMs = clock.nowMs();
    const [used, idle] = [await issue(accounts, 'alice', 'used'), await issue(accounts, 'alice', 'idle')];
    const usedMs = () => admin.tokens('alice').find(({ id }) => id === used.id)?.usedMs;
    clock.advance(hourMs - 1);
    await accounts.checkToken('alice', used.token, 'here');
    assert.equal(usedMs(), beganMs);
    clock.advance(1);
    await accounts.checkToken('alice', used.token, 'here');
    assert.equal(usedMs(), beganMs + hourMs);
    clock.advance(30 * dayMs - hourMs - 1);
    assert.equal(
      await accounts.checkToken('alice', idle.token, 'here'),
      idle.id,
      'still there, and used now',
    );
    assert.equal(await accounts.checkToken('alice', used.token, 'here'), used.id);
    clock.advance(30 * dayMs);
    for (const { token } of [used, idle])
      assert.equal(await accounts.checkToken('alice', token, 'here'), undefined);
    await accounts.close();
    assert.equal(await (await reopen()).checkToken('alice', used.token, 'here'), undefined);
  });

  it('removes what was last used before a time, and nothing else', async (test) => {
    const { accounts, admin, clock } = await openAccounts(test, create);
    await accounts.create('alice', password, 0);
    await issue(accounts, 'alice', 'old');
    clock.advance(dayMs);
    const young = await issue(accounts, 'alice', 'young');
    await accounts.removeIdleTokens(clock.nowMs() - 1);
    assert.deepEqual(
      admin.tokens('alice').map(({ id }) => id),
      [young.id],
    );
    await accounts.close();
    await accounts.removeIdleTokens(clock.nowMs());
    assert.equal(admin.tokens('alice').length, 1);
  });

  it('keeps so many tokens for an account, those that were used last', async (test) => {
    const { accounts, admin, clock } = await openAccounts(test, create, {
      tokensPerAccount: 3,
      tokenTouchMs: 0,
    });
    await accounts.create('alice', password, 0);
    const revoked = heard(accounts, 'alice');
    const issued = [];
    for (const label of ['a', 'b', 'c']) {
      clock.advance(1000);
      issued.push(await issue(accounts, 'alice', label));
    }
    clock.advance(1000);
    await accounts.checkToken('alice', issued[0]?.token ?? '', 'here');
    clock.advance(1000);
    await issue(accounts, 'alice', 'd');
    assert.deepEqual(
      admin.tokens('alice').map(({ label }) => label),
      ['d', 'a', 'c'],
    );
    assert.deepEqual(revoked, [{ kind: 'token', id: issued[1]?.id }]);
  });

  it('drops a token that somebody uses only when all are used', async (test) => {
    const { accounts } = await openAccounts(test, create, { tokensPerAccount: 2 });
    await accounts.create('alice', password, 0);
    const revoked: Revoked[] = [];
    const use = ({ id }: { readonly id: number }) =>
      accounts.onRevoked(
        'alice',
        (what) => revoked.push(what),
        () => id,
      );
    const first = await issue(accounts, 'alice', 'first');
    const endFirst = use(first);
    for (let count = 0; count < 3; count++) await issue(accounts, 'alice', 'script');
    assert.ok(!revoked.some((what) => what.kind === 'token' && what.id === first.id));
    revoked.splice(0);
    const second = await issue(accounts, 'alice', 'second');
    use(second);
    await issue(accounts, 'alice', 'third');
    assert.ok(revoked.some((what) => what.kind === 'token' && what.id === first.id));
    endFirst();
  });
}
