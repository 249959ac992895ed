import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertGone,
  isOver,
  limits,
  SessionScene,
  serving,
  takeAll,
} from '../../../tests/support/session-scene.ts';
import type { ConnectionSession } from './connection-session.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a session whose protocol waits for something else', () => {
  for (const how of ['fail', 'expel'] as const) {
    it(`${how}: the peer is destroyed after lingerMs`, async (context) => {
      const hung = Promise.withResolvers<void>();
      const { scene, peer } = await serving(context, () => hung.promise);
      if (how === 'fail') peer.session.fail('it failed');
      else peer.session.expel();
      scene.clock.advance(limits.lingerMs - 1);
      await turn();
      assert.equal(peer.session.isClosed, false);
      scene.clock.advance(1);
      while (!peer.session.isClosed) await turn();
      hung.resolve();
      await peer.done;
      assertGone(scene, peer);
    });
  }

  it('abandon: no further request is taken', async (context) => {
    const taken = Promise.withResolvers<void>();
    const { scene, peer } = await serving(context, async (session) => {
      await takeAll(session);
      taken.resolve();
      await session.drop();
    });
    peer.session.abandon();
    await taken.promise;
    await isOver(scene, peer);
  });
});

describe('a shutdown waits', () => {
  it('for no peer that has its last words and stays', async (context) => {
    const { scene, peer } = await serving(context, (session) => session.leave('LAST\n'));
    await peer.ended;
    await peer.session.stop();
    await isOver(scene, peer);
  });

  it('for no protocol without an outbox', async (context) => {
    const hung = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<ConnectionSession>();
    const scene = new SessionScene(async (session) => {
      begun.resolve(session);
      await hung.promise;
      await session.drop();
    });
    const peer = await scene.connect(context);
    peer.socket.write('HELLO\n');
    await begun.promise;
    await peer.session.stop();
    hung.resolve();
    await isOver(scene, peer);
  });
});
