import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Client, Sent } from '../../src/client/client.ts';
import { ConnectError, RefusedError } from '../../src/client/errors.ts';
import { connect, lookUp } from '../../src/client-node/connect.ts';
import { transports } from '../support/bad-path.ts';
import { closing, next, recorded } from '../support/client-events.ts';
import { firstOf } from '../support/property-runs.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const at = ({ port }: { readonly port: number }) => ({ host: '127.0.0.1', port });
const guest = { stateFolder: false, random: () => 0 } as const;
const password = 'correct-horse';

/** Resolves when `client` has heard `text`. */
function heard(client: Client, text: string): Promise<void> {
  return new Promise((resolve) => {
    client.on('message', (message) => {
      if (message.text === text) resolve();
    });
  });
}

describe('the client library', () => {
  it('makes accounts, follows, says and reads back', async (t) => {
    const server = await testServer(t);
    const alice = closing(
      t,
      await connect(at(server), { ...guest, name: 'alice', password, account: 'create' }),
    );
    const bob = closing(t, await connect(at(server), { ...guest, name: 'bob', follow: ['pie'] }));
    const events = recorded(alice);
    assert.deepEqual(await bob.follows(), ['pie', '@bob', '@all']);
    await bob.send('an apple pie');
    const since = await alice.follow('apple', { since: 0 });
    assert.deepEqual(
      since.entries.map((entry) => entry.kind === 'message' && entry.text),
      ['an apple pie'],
    );
    await assert.rejects(
      alice.follow('apple'),
      (error) => error instanceof RefusedError && error.code === 409,
    );
    const last = heard(alice, 'good day');
    assert.deepEqual(await bob.send('another apple'), { position: 2, reached: 1 });
    await bob.sendTo('alice', 'psst');
    await bob.broadcast('good day');
    await last;
    assert.deepEqual(events, ['bob: another apple', 'bob: psst', 'bob: good day']);
    await assert.rejects(
      bob.sendTo('nobody', 'x'),
      (error) => error instanceof RefusedError && error.code === 404,
    );
    const { entries } = await bob.history({ limit: 2 });
    assert.deepEqual(
      entries.map(({ position, isOwn, isReplay }) => [position, isOwn, isReplay]),
      [
        [3, true, true],
        [4, true, true],
      ],
    );
    assert.deepEqual(await alice.list(), ['alice', 'bob']);
    assert.deepEqual(await lookUp(at(server), 'alice'), { status: 'account', isOnline: true });
    assert.deepEqual(await lookUp(at(server), 'bob'), { status: 'guest', isOnline: true });
    assert.deepEqual(await lookUp(at(server), 'carol'), { status: 'free', isOnline: false });
    await bob.claim('another-horse');
    assert.equal(bob.isGuest, false);
    await bob.close();
    await assert.rejects(
      connect(at(server), { ...guest, name: 'bob' }),
      (error) => error instanceof ConnectError && error.reason === 'password-needed',
    );
    const again = closing(t, await connect(at(server), { ...guest, name: 'bob', password: 'another-horse' }));
    assert.deepEqual(await again.follows(), ['pie', '@bob', '@all']);
  });

  it('goes on where the last run left off, and hears another device of its user', async (t) => {
    const server = await testServer(t);
    const stateFolder = await temporaryFolder(t);
    const options = { name: 'alice', password, stateFolder };
    const first = await connect(at(server), { ...options, account: 'create' });
    const bob = closing(t, await connect(at(server), { ...guest, name: 'bob' }));
    assert.equal(first.lastHereMs, undefined);
    await first.send('said by this very run');
    const leftMs = Date.now();
    await first.close();
    await bob.sendTo('alice', 'while you were away');
    const second = closing(t, await connect(at(server), options));
    const events = recorded(second);
    await next(second, 'caught-up');
    assert.deepEqual(events, ['bob: while you were away', 'caught up, 1 of 1']);
    // A file system may cut a time to whole seconds.
    assert.ok(second.lastHereMs !== undefined && second.lastHereMs > leftMs - 2_000);
    assert.ok(second.lastHereMs <= Date.now());
    const third = closing(t, await connect(at(server), { ...options, stateFolder: false }));
    const own = heard(second, 'from another device');
    await third.sendTo('bob', 'from another device');
    await own;
    assert.equal(events.at(-1), 'own alice: from another device');
  });

  for (const { name: over, udp, open } of firstOf(transports)) {
    it(`comes back over ${over} to a server that was started anew, an account and a guest to their places`, async (t) => {
      const dataFolder = await temporaryFolder(t);
      const first = await testServer(t, { dataFolder, udp });
      const { wire, address } = await open(t, first);
      const follow = ['@alice'];
      const alice = closing(
        t,
        await connect(address, { ...guest, name: 'alice', password, account: 'create', follow }),
      );
      const bob = closing(t, await connect(address, { ...guest, name: 'bob', follow }));
      const before = heard(alice, 'before');
      await bob.sendTo('alice', 'before');
      await before;
      const atAccount = recorded(alice);
      const atGuest = recorded(bob);
      await first.close();
      const waited = alice.send('while there was no server');
      const second = await testServer(t, { dataFolder, udp });
      const carol = closing(t, await connect(at(second), { ...guest, name: 'carol' }));
      await carol.sendTo('alice', 'while alice was away');
      const back = [next(alice, 'caught-up'), next(bob, 'caught-up')];
      wire.target = second.port;
      await Promise.all(back);
      assert.ok(((await waited).position ?? 0) > 1);
      const end = heard(bob, 'the end');
      await alice.broadcast('the end');
      await end;
      assert.equal(alice.epoch, bob.epoch);
      const known = (event: string) => !event.startsWith('offline');
      assert.deepEqual(atAccount.filter(known).slice(0, 2), ['resumed', 'carol: while alice was away']);
      assert.equal(atGuest.find(known), 'resumed');
      assert.ok(atGuest.includes('alice: while there was no server'));
      assert.ok(!atGuest.some((event) => event.startsWith('gap')));
      assert.deepEqual((await bob.follows()).toSorted(), ['@alice', '@all', '@bob']);
    });

    it(`says everything once over ${over} and hears everything once, in order, wherever it is cut`, async (t) => {
      const server = await testServer(t, { udp });
      const { wire, address } = await open(t, server);
      const bob = closing(
        t,
        await connect(at(server), { ...guest, name: 'bob', follow: ['@alice', '@carol'] }),
      );
      const carol = closing(t, await connect(at(server), { ...guest, name: 'carol' }));
      const saidByOthers: string[] = [];
      bob.on('message', ({ from, text }) => saidByOthers.push(`${from}: ${text}`));
      const alice = closing(
        t,
        await connect(address, { ...guest, name: 'alice', password, account: 'create', follow: ['@carol'] }),
      );
      const events = recorded(alice);
      let run = 0;
      let cuts = 0;
      // How many bytes pass in which direction from cut to cut; fast-check prints those of a run that fails.
      const cutting = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom('server', 'client'));
      const plans = fc.array(cutting, { minLength: 2, maxLength: 8, size: 'max' });
      await fc.assert(
        fc.asyncProperty(plans, async (plan) => {
          run += 1;
          const left = [...plan];
          const cutNext = (): void => {
            const [bytes, from] = left.shift() ?? [];
            if (bytes === undefined) return;
            void wire.cut(bytes, from).then(() => {
              cuts += 1;
              cutNext();
            });
          };
          cutNext();
          const from = { heard: events.length, said: saidByOthers.length };
          const end = `${run} end`;
          const texts = Array.from({ length: 12 }, (_, i) => `${run} ${i}`);
          const ends = [heard(alice, `${end} @alice`), heard(bob, `${end} @bob`)];
          const answers: Promise<Sent>[] = [];
          for (const [i, text] of texts.entries()) {
            answers.push(alice.send(text));
            if (i % 3 === 0) answers.push(carol.send(text));
            if (i % 4 === 3) await answers.at(i - 3);
          }
          const positions = (await Promise.all(answers)).map(({ position }) => position ?? 0);
          await alice.send(`${end} @bob`);
          await carol.send(`${end} @alice`);
          await Promise.all(ends);
          assert.equal(new Set(positions).size, answers.length, 'each at a position of its own');
          const ofCarol = texts.filter((_, i) => i % 3 === 0).map((text) => `carol: ${text}`);
          const isMessage = (event: string) => /^(?:own )?(?:alice|bob|carol): /.test(event);
          assert.deepEqual(events.slice(from.heard).filter(isMessage), [...ofCarol, `carol: ${end} @alice`]);
          assert.deepEqual(
            saidByOthers.slice(from.said).filter((line) => line.startsWith('alice')),
            [...texts.map((text) => `alice: ${text}`), `alice: ${end} @bob`],
          );
        }),
        { numRuns: 25 },
      );
      assert.ok(cuts >= 25, `${cuts} cuts are no test`);
      assert.deepEqual(
        events.filter((event) => /^(?:gap|reset|closed)/.test(event)),
        [],
      );
    });
  }
});
