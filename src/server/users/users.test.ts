import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UsersScene } from '../../../tests/support/users-scene.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { NotWrittenError } from '../accounts/accounts.ts';

describe('a guest', () => {
  it('has a name that is free, with what newcomers follow, until the last reference is gone', async () => {
    const scene = new UsersScene();
    const guest = await scene.guest('ann');
    assert.deepEqual(guest.follows.terms, ['apple', '@ann', '@all']);
    assert.equal(await scene.users.registerGuest('ann'), undefined);
    assert.equal(scene.users.returningGuest('ann', guest.guestToken ?? ''), guest);
    scene.users.release(guest);
    assert.equal(await scene.isFree('ann'), false);
    scene.users.release(guest);
    assert.ok(await scene.isFree('ann'));
    assert.deepEqual(scene.gone, ['ann']);
    const next = await scene.guest('ann');
    assert.notEqual(next, guest);
    assert.equal(scene.users.returningGuest('ann', guest.guestToken ?? ''), undefined, 'an old token');
  });

  it('has no reserved name, and no name of an account', async () => {
    const scene = new UsersScene();
    scene.disk.add('bob');
    for (const name of ['admin', 'bob']) {
      assert.equal(await scene.users.registerGuest(name), undefined);
      assert.deepEqual(await scene.users.create(name, 'secret word'), { kind: 'taken' });
    }
  });

  it('is one of many who ask at once', async () => {
    const scene = new UsersScene();
    const asked = Array.from({ length: 5 }, () => scene.users.registerGuest('ann'));
    const guests = (await Promise.all(asked)).filter((guest) => guest !== undefined);
    assert.equal(guests.length, 1);
  });
});

describe("a guest's place", () => {
  it('is kept when the connection broke, and free when time is up', async () => {
    const scene = new UsersScene();
    const guest = await scene.guest('ann', 'a');
    scene.users.release(guest, true);
    scene.clock.advance(defaultLimits.guestKeptMs - 1);
    assert.deepEqual(await scene.registry.find('ann'), { kind: 'guest', nodes: [] });
    assert.equal(scene.gone.length, 0);
    scene.clock.advance(1);
    assert.ok(await scene.isFree('ann'));
    assert.deepEqual(scene.gone, ['ann']);
  });

  it('is theirs again, and then kept anew', async () => {
    const scene = new UsersScene();
    const guest = await scene.guest('ann', 'a');
    const token = guest.guestToken ?? assert.fail();
    scene.users.release(guest, true);
    assert.equal(scene.users.returningGuest('ann', 'another token'), undefined);
    assert.equal(scene.users.returningGuest('ann', token), guest);
    scene.clock.advance(defaultLimits.guestKeptMs);
    assert.equal(await scene.isFree('ann'), false);
    scene.users.release(guest, true);
    scene.clock.advance(defaultLimits.guestKeptMs - 1);
    assert.equal(await scene.isFree('ann'), false);
    scene.clock.advance(1);
    assert.ok(await scene.isFree('ann'));
    assert.equal(scene.clock.pendingTimers, 0);
  });

  it('is not kept for one who logged out, nor while another device is online', async () => {
    const scene = new UsersScene();
    const guest = await scene.guest('ann', 'a');
    scene.users.returningGuest('ann', guest.guestToken ?? '');
    scene.users.release(guest, true);
    assert.equal(scene.clock.pendingTimers, 0);
    scene.users.release(guest);
    assert.ok(await scene.isFree('ann'));
  });

  it('is one of a few for an address, where the oldest goes first, and of more for this machine', async () => {
    const scene = new UsersScene({ guestPlacesPerAddress: 2 });
    const places = [
      ['a1', 'a'],
      ['b1', 'b'],
      ['a2', 'a'],
    ] as const;
    for (const [name, address] of places) scene.users.release(await scene.guest(name, address), true);
    scene.users.release(await scene.guest('a3', 'a'), true);
    assert.deepEqual(await scene.free('a1', 'a2', 'a3', 'b1'), ['a1']);
    const here = Array.from({ length: 2 * defaultLimits.loopbackFactor + 1 }, (_, at) => `here${at}`);
    for (const name of here) scene.users.release(await scene.guest(name, 'own', true), true);
    assert.deepEqual(await scene.free(...here), ['here0']);
    assert.deepEqual(scene.gone, ['a1', 'here0']);
  });

  it('is the newest after its guest came back', async () => {
    const scene = new UsersScene({ guestPlacesPerAddress: 2 });
    const [first, second, third] = [
      await scene.guest('a1', 'a'),
      await scene.guest('a2', 'a'),
      await scene.guest('a3', 'a'),
    ];
    scene.users.release(first, true);
    scene.users.release(second, true);
    scene.users.returningGuest('a1', first.guestToken ?? '');
    scene.users.release(first, true);
    scene.users.release(third, true);
    assert.deepEqual(scene.gone, ['a2']);
  });

  it('is one of a bounded number in all', async () => {
    const scene = new UsersScene({ guestPlaces: 3 });
    for (let at = 0; at < 5; at++) scene.users.release(await scene.guest(`g${at}`, `address${at}`), true);
    assert.deepEqual(scene.gone, ['g0', 'g1']);
    assert.equal(scene.clock.pendingTimers, 3);
  });
});

describe('an account', () => {
  it('is loaded once for all who arrive at the same time, and stays until the last of them leaves', async () => {
    const scene = new UsersScene();
    scene.disk.add('ann', 0, [{ term: 'pie', after: 0, through: Number.POSITIVE_INFINITY }]);
    const arrivals = [scene.users.account('ann'), scene.users.account('ann')];
    await scene.disk.answer();
    const later = scene.users.account('ann');
    const [one, two, three] = await Promise.all([...arrivals, later]);
    assert.ok(one !== undefined && one === two && two === three);
    assert.equal(scene.disk.loads, 1);
    assert.deepEqual(one.follows.terms, ['pie', '@ann', '@all']);
    for (let left = 3; left > 0; left--) {
      assert.equal(one.references, left);
      scene.users.release(one, true);
    }
    const again = scene.users.account('ann');
    await scene.disk.answer();
    assert.notEqual(await again, one);
    assert.deepEqual([scene.disk.loads, scene.gone.length, scene.clock.pendingTimers], [2, 0, 0]);
  });

  it('that nobody has is nobody', async () => {
    const scene = new UsersScene();
    const arrivals = [scene.users.account('ann'), scene.users.account('ann')];
    await scene.disk.answer();
    assert.deepEqual(await Promise.all(arrivals), [undefined, undefined]);
    assert.ok(await scene.guest('ann'));
  });

  it('that could not be loaded is loaded by the next to arrive', async () => {
    const scene = new UsersScene();
    scene.disk.add('ann');
    const arrivals = [scene.users.account('ann'), scene.users.account('ann')];
    const rejected = arrivals.map((arrival) => assert.rejects(arrival, /no disk/));
    await scene.disk.answer(0, new Error('no disk'));
    await Promise.all(rejected);
    const next = scene.users.account('ann');
    await scene.disk.answer();
    assert.equal((await next)?.references, 1);
  });

  it('keeps its name from guests while it is created, and frees it when that fails', async () => {
    const scene = new UsersScene();
    for (const outcome of ['busy', new NotWrittenError('full')] as const) {
      const created = scene.users.create('ann', 'secret word').catch((error: unknown) => error);
      await new Promise(setImmediate);
      assert.equal(await scene.users.registerGuest('ann'), undefined);
      assert.deepEqual(await scene.users.create('ann', 'another word'), { kind: 'taken' });
      await scene.disk.answer(0, outcome);
      assert.deepEqual(await created, outcome === 'busy' ? { kind: 'busy' } : outcome);
      assert.ok(await scene.isFree('ann'));
    }
    const created = scene.users.create('ann', 'secret word');
    await new Promise(setImmediate);
    for (let answers = 0; answers < 2; answers++) await scene.disk.answer();
    assert.deepEqual(await created, { kind: 'created', generation: 1 });
    assert.equal(await scene.users.registerGuest('ann'), undefined);
  });

  it('that a guest becomes keeps the follows, and is one user with those who log in then', async () => {
    const scene = new UsersScene();
    const guest = await scene.guest('ann', 'a');
    const claimed = scene.users.claim(guest, 'secret word');
    for (let answers = 0; answers < 2; answers++) await scene.disk.answer();
    assert.deepEqual(await claimed, { kind: 'created', generation: 1 });
    assert.equal(await scene.users.account('ann'), guest);
    scene.users.release(guest, true);
    scene.users.release(guest, true);
    assert.deepEqual([scene.clock.pendingTimers, scene.gone.length], [0, 0], 'an account has no kept place');
    assert.equal(await scene.users.registerGuest('ann'), undefined);
    const again = scene.users.account('ann');
    await scene.disk.answer();
    assert.deepEqual((await again)?.follows.terms, ['apple', '@ann', '@all']);
  });
});
