import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { password } from '../../../tests/support/accounts-factory.ts';
import { ChatScene, type ChatSceneOptions, loggedIn } from '../../../tests/support/chat-scene.ts';
import { NotWrittenError } from '../accounts/accounts.ts';
import type { LoginOutcome } from './logins.ts';

const elsewhere = '192.0.2.1';
const laptop = { tokenLabel: 'laptop' };
const another = 'another password';

/** A scene in which alice has an account. */
async function withAlice(context: TestContext, options?: ChatSceneOptions): Promise<ChatScene> {
  const scene = await ChatScene.open(context, options);
  await scene.gate.stored.create('alice', password, 0);
  return scene;
}

/** Nobody is logged in as alice, and nothing listens for it. */
async function assertNothingLeft({ registry, gate, services }: ChatScene, kind = 'account'): Promise<void> {
  assert.deepEqual(await registry.find('alice'), { kind, nodes: [] });
  assert.equal(gate.listeners, 0);
  // The hub takes each name once.
  const user = kind === 'account' ? await services.users.account('alice') : undefined;
  if (user === undefined) return;
  assert.equal(user.references, 1);
  services.users.release(user);
}

const kindOf = async (outcome: Promise<{ readonly kind: string } | undefined>): Promise<string | undefined> =>
  (await outcome)?.kind;

describe('a guest', () => {
  it('is let in with a token to come back with, and follows what they ask for', async (context) => {
    const { logins, services } = await ChatScene.open(context);
    const { user, grant, token = '' } = loggedIn(await logins.registerGuest('alice', { follow: ['apple'] }));
    assert.equal(grant, undefined);
    assert.deepEqual(user.follows.terms, ['apple', '@alice', '@all']);
    services.users.release(user, true);
    assert.equal(await logins.returnGuest('alice', 'f'.repeat(64), {}), undefined);
    const again = loggedIn(await logins.returnGuest('alice', token, { follow: ['pie'] }));
    assert.equal(again.user, user);
    assert.deepEqual([user.references, user.follows.terms], [1, ['pie', '@alice', '@all']]);
  });

  it('is refused a name that is taken, reserved, or an account', async (context) => {
    const scene = await withAlice(context);
    const { logins } = scene;
    await scene.guest('bob');
    assert.equal(await kindOf(logins.registerGuest('bob')), 'taken');
    assert.equal(await kindOf(logins.registerGuest('admin')), 'taken');
    assert.equal(await kindOf(logins.registerGuest('alice')), 'has-account');
  });
});

describe('an account', () => {
  it('is let in by its password and by the token that it gets', async (context) => {
    const scene = await withAlice(context);
    const { logins } = scene;
    const peer = scene.peer();
    const without = loggedIn(await logins.byPassword(peer, 'alice', password));
    assert.equal(without.token, undefined);
    const { user, token = '' } = loggedIn(await logins.byPassword(peer, 'alice', password, laptop));
    const again = loggedIn(await logins.byToken(peer, 'alice', token, { follow: ['apple'] }));
    assert.equal(again.user, user);
    assert.equal(without.user, user);
    assert.equal(user.references, 3);
    assert.equal(again.token, token);
    assert.ok([without, again].every(({ grant }) => grant?.isRevoked === false));
    assert.deepEqual(user.follows.terms, ['apple', '@alice', '@all']);
  });

  it('is made with a name that nobody has', async (context) => {
    const scene = await withAlice(context);
    const { logins } = scene;
    const peer = scene.peer();
    const { user } = loggedIn(
      await logins.createAccount(peer, 'bob', password, { ...laptop, follow: ['apple'] }),
    );
    assert.ok(user.isAccount);
    assert.deepEqual(user.follows.terms, ['apple', '@bob', '@all']);
    await scene.guest('carol');
    for (const name of ['alice', 'bob', 'carol', 'admin'])
      assert.equal(await kindOf(logins.createAccount(peer, name, password, laptop)), 'taken', name);
  });

  it('needs the right password or token', async (context) => {
    const scene = await withAlice(context);
    const peer = scene.peer();
    assert.deepEqual(await scene.logins.byPassword(peer, 'alice', another), { kind: 'wrong' });
    assert.deepEqual(await scene.logins.byPassword(peer, 'nobody', password), { kind: 'wrong' });
    assert.deepEqual(await scene.logins.byToken(peer, 'alice', 'f'.repeat(64), {}), { kind: 'wrong' });
    await assertNothingLeft(scene);
  });

  it('needs a suitable password', async (context) => {
    const scene = await ChatScene.open(context);
    const guest = await scene.guest('bob');
    for (const outcome of [
      await scene.logins.createAccount(scene.peer(), 'alice', 'short', laptop),
      await scene.logins.claim(guest.peer, guest.user, 'short', 'laptop'),
    ]) {
      assert.ok(outcome.kind === 'unsuitable-password');
      assert.match(outcome.problem, /8/);
    }
    assert.equal(guest.user.isAccount, false);
  });

  it('takes no secret over plain text from another machine, unless the operator wants that', async (context) => {
    const scene = await withAlice(context);
    const { logins } = scene;
    const guest = scene.device(await logins.registerGuest('bob'), scene.peer(elsewhere));
    const { peer } = guest;
    for (const outcome of [
      logins.byPassword(peer, 'alice', password),
      logins.byToken(peer, 'alice', 'f'.repeat(64), {}),
      logins.createAccount(peer, 'carol', password, laptop),
      logins.claim(peer, guest.user, password, 'laptop'),
    ])
      assert.equal(await kindOf(outcome), 'plain-text');
    assert.equal(scene.watched.count, 1, 'the one of alice');
    const open = await withAlice(context, { insecurePasswords: true });
    loggedIn(await open.logins.byPassword(open.peer(elsewhere), 'alice', password));
  });

  it('is not asked for when too many were wrong, too many wait, or too many were made', async (context) => {
    const waiting = { passwordHashes: 1, passwordHashesWaitingPerAddress: 0, passwordCreationsWaiting: 0 };
    const limits = { ...waiting, loginFailures: 1, loginWaitMs: 7_000, accountsPerAddressPerHour: 1 };
    const scene = await withAlice(context, { limits, insecurePasswords: true });
    const { logins, watched } = scene;
    const [peer, other] = [scene.peer(elsewhere), scene.peer('198.51.100.1')];
    watched.hold();
    const first = logins.createAccount(peer, 'bob', password, laptop);
    await new Promise(setImmediate);
    assert.equal(await kindOf(logins.byPassword(other, 'alice', password)), 'busy');
    assert.equal(await kindOf(logins.createAccount(other, 'carol', password, laptop)), 'busy');
    watched.release();
    loggedIn(await first);
    assert.equal(await kindOf(logins.createAccount(other, 'bob', password, laptop)), 'taken');
    const later = await logins.createAccount(peer, 'carol', password, laptop);
    assert.deepEqual(later, { kind: 'too-many-accounts', seconds: 3600 });
    loggedIn(await logins.createAccount(other, 'carol', password, laptop));
    for (let wrong = 0; wrong < 2; wrong++) await logins.byPassword(other, 'alice', another);
    const throttled = await logins.byPassword(other, 'alice', password);
    assert.deepEqual(throttled, { kind: 'throttled', seconds: 7 });
  });
});

describe('a grant', () => {
  const completions: readonly (readonly ['loadFollows' | 'issueToken' | 'changeFollows', string])[] = [
    ['loadFollows', 'while the follows are loaded'],
    ['issueToken', 'while the token is stored'],
    ['changeFollows', 'while the new follows are stored'],
  ];
  for (const [call, when] of completions) {
    it(`by a password that changes ${when} lets nobody in`, async (context) => {
      const scene = await withAlice(context);
      const options = { ...laptop, follow: ['apple'] };
      const held = scene.gate.hold(call);
      const login = scene.logins.byPassword(scene.peer(), 'alice', password, options);
      await held.answered;
      assert.ok(await scene.admin.setPassword('alice', another));
      await scene.poll();
      held.go();
      assert.deepEqual(await login, { kind: 'revoked' });
      await assertNothingLeft(scene);
    });
  }

  it('by a password that changed before the token was issued lets nobody in', async (context) => {
    const scene = await withAlice(context);
    const held = scene.gate.hold('checkPassword');
    const login = scene.logins.byPassword(scene.peer(), 'alice', password, laptop);
    await held.answered;
    await scene.admin.setPassword('alice', another);
    held.go();
    assert.deepEqual(await login, { kind: 'revoked' });
    await assertNothingLeft(scene);
  });

  it('by a token that is revoked meanwhile lets nobody in, and leaves other logins alone', async (context) => {
    const scene = await withAlice(context);
    const peer = scene.peer();
    const first = loggedIn(await scene.logins.byPassword(peer, 'alice', password, laptop));
    const { id = 0, token = '' } = (await scene.gate.stored.issueToken('alice', 'phone', 1)) ?? {};
    const held = scene.gate.hold('changeFollows');
    const login = scene.logins.byToken(peer, 'alice', token, { follow: ['apple'] });
    await held.answered;
    assert.ok(scene.admin.revokeToken('alice', id));
    await scene.poll();
    held.go();
    assert.deepEqual(await login, { kind: 'revoked' });
    assert.equal(first.grant?.isRevoked, false);
    assert.equal(first.user.references, 1);
    scene.logins.cancel(first);
    await assertNothingLeft(scene);
  });

  it('ends when the accounts cannot be written; a full disk costs only the token', async (context) => {
    for (const call of ['issueToken', 'changeFollows'] as const) {
      const scene = await withAlice(context);
      scene.gate.fail(call, new NotWrittenError('locked'));
      const login = scene.logins.byPassword(scene.peer(), 'alice', password, { ...laptop, follow: ['pie'] });
      await assert.rejects(login, NotWrittenError);
      await assertNothingLeft(scene);
    }
    const scene = await withAlice(context);
    scene.gate.fail('issueToken', new NotWrittenError('full'));
    const { token = '' } = loggedIn(await scene.logins.byPassword(scene.peer(), 'alice', password, laptop));
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.equal(await kindOf(scene.logins.byToken(scene.peer(), 'alice', token, {})), 'wrong');
  });
});

describe('a guest who becomes an account', () => {
  it('keeps the devices that are there, and gets a token', async (context) => {
    const scene = await ChatScene.open(context);
    const guest = await scene.guest('alice');
    let heard = 0;
    guest.accountListener = { onAccount: () => void heard++ };
    const claimed = await scene.logins.claim(guest.peer, guest.user, password, 'laptop');
    assert.ok(claimed.kind === 'claimed');
    assert.deepEqual([heard, guest.user.isAccount, guest.user.references], [1, true, 1]);
    loggedIn(await scene.logins.byToken(scene.peer(), 'alice', claimed.token, {}));
    const twice = await scene.logins.claim(guest.peer, guest.user, another, 'laptop');
    assert.deepEqual(twice, { kind: 'taken' });
  });

  it('shuts out another device that was coming back with the token of the guest', async (context) => {
    const scene = await ChatScene.open(context);
    const guest = await scene.guest('alice');
    const token = guest.user.guestToken ?? '';
    const held = scene.gate.hold('create');
    const claim = scene.logins.claim(guest.peer, guest.user, password, 'laptop');
    await held.answered;
    const login: Promise<LoginOutcome | undefined> = scene.logins.returnGuest('alice', token, {
      follow: ['apple'],
    });
    // The password lets another one in before the claim has its answer.
    const byPassword = loggedIn(await scene.logins.byPassword(scene.peer(), 'alice', password));
    assert.equal(byPassword.user, guest.user);
    held.go();
    assert.equal((await claim).kind, 'claimed');
    assert.deepEqual(await login, { kind: 'revoked' });
    assert.equal(guest.user.references, 2);
    assert.equal(byPassword.grant?.isRevoked, false);
    scene.logins.cancel(byPassword);
    guest.leave(true);
    await assertNothingLeft(scene);
  });

  it('has an account whose password changed before the token was issued', async (context) => {
    const scene = await ChatScene.open(context);
    const guest = await scene.guest('alice');
    const held = scene.gate.hold('create');
    const claim = scene.logins.claim(guest.peer, guest.user, password, 'laptop');
    await held.answered;
    await scene.admin.setPassword('alice', another);
    held.go();
    assert.deepEqual(await claim, { kind: 'revoked' });
    assert.ok(guest.user.isAccount);
  });
});

describe('a login that is cancelled', () => {
  it('leaves nothing behind', async (context) => {
    const scene = await ChatScene.open(context);
    scene.logins.cancel(loggedIn(await scene.logins.registerGuest('alice')));
    await assertNothingLeft(scene, 'nobody');
    const made = await scene.logins.createAccount(scene.peer(), 'alice', password, laptop);
    scene.logins.cancel(loggedIn(made));
    await assertNothingLeft(scene);
    const login = loggedIn(await scene.logins.byPassword(scene.peer(), 'alice', password, laptop));
    let revoked = 0;
    login.grant?.whenRevoked(() => void revoked++);
    scene.logins.cancel(login);
    await scene.admin.setPassword('alice', another);
    await scene.poll();
    assert.equal(revoked, 0);
    await assertNothingLeft(scene);
  });

  it('leaves the other devices of its user alone', async (context) => {
    const scene = await ChatScene.open(context);
    const guest = await scene.guest('alice');
    scene.logins.cancel(loggedIn(await scene.logins.returnGuest('alice', guest.user.guestToken ?? '', {})));
    assert.equal((await scene.registry.find('alice')).nodes.length, 1);
    guest.leave();
    await assertNothingLeft(scene, 'nobody');
  });
});
