import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { UsersScene } from '../../../tests/support/users-scene.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { NotWrittenError } from '../accounts/accounts.ts';
import type { ChatUser } from './chat-user.ts';

const kinds = ['guest', 'return', 'account', 'create', 'claim', 'leave', 'break', 'answer', 'later'] as const;
const step = fc.record({
  kind: fc.constantFrom(...kinds),
  name: fc.constantFrom('ann', 'bob'),
  /** Which of those who are here, or of the answers that wait. */
  at: fc.nat(9),
  outcome: fc.constantFrom('done' as const, 'done' as const, 'busy' as const, new NotWrittenError('full')),
  /** Whether the step has an effect before the next one. */
  waits: fc.boolean(),
});

it('a name has one user at a time, and is free again, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { users, disk, clock, registry, gone } = new UsersScene({ guestPlaces: 1 });
      disk.add('bob');
      /** One element a reference. */
      const held: ChatUser[] = [];
      const tokens = new Map<string, string>();
      const guests = new Set<ChatUser>();
      const calls: Promise<unknown>[] = [];
      const retain = (user: ChatUser | undefined): void => {
        if (user === undefined) return;
        held.push(user);
        if (user.guestToken === undefined) return;
        tokens.set(user.name, user.guestToken);
        guests.add(user);
      };
      const begin = (call: Promise<unknown>): void => {
        calls.push(call.catch((error: unknown) => assert.ok(error instanceof NotWrittenError, `${error}`)));
      };
      const isSound = (): void => {
        for (const name of ['ann', 'bob']) {
          const all = held.filter((user) => user.name === name);
          assert.ok(new Set(all).size <= 1, `two users are ${name}`);
          assert.ok(all.length <= (all[0]?.references ?? 0), `${name} leaves while somebody is online`);
        }
      };
      const release = (at: number, broke: boolean): void => {
        const [user] = held.splice(at % held.length, 1);
        if (user !== undefined) users.release(user, broke);
      };
      /** The device of a guest waits for the claim, and keeps its reference. */
      const claim = (at: number): void => {
        const index = held.findIndex((user, index) => index >= at % held.length && !user.isAccount);
        const [user] = index === -1 ? [] : held.splice(index, 1);
        if (user !== undefined) begin(users.claim(user, 'secret word').finally(() => held.push(user)));
      };
      for (const { kind, name, at, outcome, waits } of steps) {
        if (kind === 'later') clock.advance(defaultLimits.guestKeptMs);
        else if (kind === 'guest') begin(users.registerGuest(name).then(retain));
        else if (kind === 'return') retain(users.returningGuest(name, tokens.get(name) ?? ''));
        else if (kind === 'account') begin(users.account(name).then(retain));
        else if (kind === 'create') begin(users.create(name, 'secret word'));
        else if (kind === 'claim') claim(at);
        else if (kind === 'answer') await disk.answer(at, outcome);
        else release(at, kind === 'break');
        if (waits) await new Promise(setImmediate);
        isSound();
      }
      let isSettled = false;
      const settled = Promise.all(calls).finally(() => {
        isSettled = true;
      });
      while (!isSettled) await disk.answer();
      await settled;
      isSound();
      while (held.length > 0) release(0, false);
      clock.advance(defaultLimits.guestKeptMs);
      assert.equal(clock.pendingTimers, 0);
      const left = [...guests].filter(({ isAccount }) => !isAccount).map(({ name }) => name);
      assert.deepEqual(gone.sort(), left.sort(), 'each guest is gone once');
      for (const name of ['ann', 'bob']) {
        assert.equal((await registry.find(name)).kind, disk.isAccount(name) ? 'account' : 'nobody');
        assert.equal((await users.registerGuest(name)) === undefined, disk.isAccount(name));
      }
    }),
    { numRuns: 500 },
  );
});
