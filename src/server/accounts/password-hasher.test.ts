import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defaultLimits, type Limits } from '../../protocol/limits.ts';
import { PasswordHasher } from './password-hasher.ts';

/** A hasher that runs as many hashes as it may, until `finish` ends them. */
function busyHasher(limits: Partial<Limits> = {}) {
  const hasher = new PasswordHasher({ ...defaultLimits, ...limits });
  const begun: string[] = [];
  const running: (() => void)[] = [];
  const logIn = (who: string, address: string, knownBy?: string): boolean => {
    const work = () => {
      begun.push(who);
      return new Promise<void>((resolve) => running.push(resolve));
    };
    return hasher.inTurn(work, address, knownBy) !== undefined;
  };
  for (let at = 0; at < defaultLimits.passwordHashes; at++) assert.ok(logIn('first', `10.0.1.${at}`));
  begun.length = 0;
  /** Ends the oldest running hash, and so on, until `count` more have begun. */
  const finish = async (count: number): Promise<readonly string[]> => {
    for (let at = 0; at < count; at++) {
      running.shift()?.();
      await new Promise(setImmediate);
    }
    return begun.splice(0);
  };
  return { hasher, logIn, finish };
}

const ofStrangers = (begun: readonly string[]): number => begun.filter((who) => who === 'stranger').length;

it('delays a login from a known address by no more than the running hashes and one stranger', async () => {
  const { logIn, finish } = busyHasher();
  for (let at = 0; at < 512; at++) logIn('stranger', `10.0.0.${at % 64}`);
  assert.deepEqual(await finish(1), ['stranger']);
  for (let at = 0; at < 20; at++) {
    assert.ok(logIn('carol', '192.0.2.1', 'carol'));
    const begun = await finish(2);
    assert.ok(begun.includes('carol'), begun.join());
    assert.equal(ofStrangers(begun), 1);
  }
});

it('gives strangers every second turn while known addresses flood it, and the other way round', async () => {
  const { logIn, finish } = busyHasher();
  for (let at = 0; at < 512; at++) {
    logIn('stranger', `10.0.0.${at % 64}`);
    logIn('known', `10.0.2.${at % 64}`, `user-${at % 64}`);
  }
  for (let at = 0; at < 10; at++) assert.equal(ofStrangers(await finish(20)), 10);
});

it('gives one account no more turns for the many addresses that it made known', async () => {
  const { logIn, finish } = busyHasher();
  for (let at = 0; at < 512; at++) logIn('mallory', `10.0.0.${at % 64}`, 'mallory');
  assert.ok(logIn('carol', '192.0.2.1', 'carol'));
  // Mallory's first, one of mallory's that had no place among the known and waits as a stranger, then carol.
  const begun = await finish(3);
  assert.ok(begun.includes('carol'), begun.join());
});

it('queues a login from a known address with the strangers when the places of its account are taken', async () => {
  const { hasher, logIn, finish } = busyHasher({
    passwordHashesWaitingPerAddress: 2,
    passwordHashesWaiting: 3,
  });
  for (let at = 0; at < 2; at++) assert.ok(logIn('mallory', '10.0.0.1', 'mallory'));
  for (let at = 0; at < 2; at++) assert.ok(logIn('carol', '192.0.2.1', 'mallory'));
  assert.ok(!logIn('carol', '192.0.2.1', 'mallory'), 'its own places are taken too');
  assert.equal(
    hasher.inTurnOfCreation(async () => {}),
    undefined,
    'and new accounts get no place',
  );
  assert.ok(logIn('stranger', '10.0.0.2'));
  assert.ok(!logIn('stranger', '10.0.0.3'), 'three may wait');
  assert.ok(logIn('bob', '192.0.2.2', 'bob'), 'but three in each queue');
  assert.equal((await finish(6)).length, 6);
});

it('makes one account at a time', async () => {
  const { hasher, finish } = busyHasher();
  const made: string[] = [];
  const first = Promise.withResolvers<void>();
  for (const name of ['alice', 'bob'])
    void hasher.inTurnOfCreation(() => {
      made.push(name);
      return first.promise;
    });
  await finish(defaultLimits.passwordHashes);
  assert.deepEqual(made, ['alice'], 'nobody else wants a turn');
  first.resolve();
  while (made.length < 2) await new Promise(setImmediate);
});
