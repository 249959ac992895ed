import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { password } from '../../../tests/support/accounts-factory.ts';
import { ChatScene } from '../../../tests/support/chat-scene.ts';
import type { LoggedIn, LoginOutcome } from './logins.ts';

const deed = fc.record({
  kind: fc.constantFrom(
    'guest',
    'return',
    'claim',
    'password',
    'wrong',
    'token',
    'create',
    'cancel',
    'change',
  ),
  /** Whether it is over before the next one begins. */
  waits: fc.boolean(),
});

it('whatever happens in whatever order: a changed password ends every login by an older one, and all leave', async (context) => {
  const limits = {
    accountsPerHour: 1e6,
    accountsPerAddressPerHour: 1e6,
    loginFailures: 1e6,
    addressFailures: 1e6,
  };
  const scene = await ChatScene.open(context, { limits });
  const { logins, gate, services } = scene;
  const peer = scene.peer();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 12 }), async (deeds) => {
      const name = `user${run++}`;
      let current = password;
      let token = '';
      const inside: LoggedIn[] = [];
      const enter = (outcome: LoginOutcome | undefined): void => {
        if (outcome?.kind !== 'in') return;
        token = outcome.token ?? token;
        inside.push(outcome);
      };
      const claim = async (): Promise<void> => {
        const at = inside.findIndex(({ user }) => !user.isAccount);
        const [guest] = at === -1 ? [] : inside.splice(at, 1);
        if (guest === undefined) return;
        const claimed = await logins.claim(peer, guest.user, current, 'laptop');
        if (claimed.kind === 'claimed') token = claimed.token;
        inside.push(guest.user.isAccount ? { ...guest, grant: logins.grantAfterClaim(name) } : guest);
      };
      const change = async (): Promise<void> => {
        const next = `${current}!`;
        if (!(await scene.admin.setPassword(name, next))) return;
        current = next;
        await scene.poll();
      };
      const steps: Record<(typeof deeds)[number]['kind'], () => Promise<void>> = {
        guest: async () => enter(await logins.registerGuest(name, { follow: ['apple'] })),
        return: async () => enter(await logins.returnGuest(name, token, { follow: ['pie'] })),
        claim,
        password: async () => enter(await logins.byPassword(peer, name, current, { tokenLabel: 'laptop' })),
        wrong: async () => assert.equal((await logins.byPassword(peer, name, 'a wrong guess')).kind, 'wrong'),
        token: async () => enter(await logins.byToken(peer, name, token, { follow: ['plum'] })),
        create: async () => enter(await logins.createAccount(peer, name, current, { tokenLabel: 'laptop' })),
        cancel: async () => {
          const login = inside.shift();
          if (login !== undefined) logins.cancel(login);
        },
        change,
      };
      const all: Promise<void>[] = [];
      for (const { kind, waits } of deeds) {
        const done = steps[kind]();
        all.push(done);
        if (waits) await done;
      }
      await Promise.all(all);
      await change();
      for (const { user, grant } of inside) {
        assert.equal(user, inside[0]?.user, 'one name, one user');
        assert.equal(grant?.isRevoked ?? false, user.isAccount && grant !== undefined);
      }
      for (const login of inside) logins.cancel(login);
      assert.equal(gate.listeners, 0);
      const isAccount = gate.stored.isAccount(name);
      assert.deepEqual(await scene.registry.find(name), {
        kind: isAccount ? 'account' : 'nobody',
        nodes: [],
      });
      if (!isAccount) return;
      const user = await services.users.account(name);
      assert.equal(user?.references, 1);
      if (user !== undefined) services.users.release(user);
    }),
    { numRuns: 60 },
  );
});
