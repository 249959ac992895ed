import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import {
  assertGone,
  isOver,
  limits,
  refusal,
  SessionScene,
  serving,
  takeAll,
} from '../../../tests/support/session-scene.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import type { Serve } from './connection-session.ts';

/** More than the system buffers between two ends. */
const large = 'x'.repeat(8 * 1024 * 1024);

describe('a connection that is not let in', () => {
  it('sees the end at once when the limiter says no', async (context) => {
    const scene = new SessionScene(takeAll);
    const first = await scene.connect(context);
    const second = await scene.connect(context);
    await second.ended;
    assert.equal(second.received, '');
    assert.deepEqual(scene.over, [second.session]);
    assert.equal(first.session.isClosed, false);
    first.socket.end();
    await first.ended;
    await first.done;
    assert.ok(scene.isEmpty, 'the one that was refused was never counted');
  });

  for (const [what, bytes] of [
    ['of no protocol', 'GOODBYE\n'],
    ['that is binary', '\x16\x03\x01\x02'],
    ['that is too long', 'H'.repeat(limits.loginLineBytes + 1)],
    ['that is too long, with its end', `${'H'.repeat(limits.loginLineBytes + 1)}\n`],
    ['that is no UTF-8', 'HELLO\xff\n'],
  ] as const) {
    it(`is refused with a first line ${what}`, async (context) => {
      const scene = new SessionScene(takeAll);
      const peer = await scene.connect(context);
      peer.socket.write(bytes, 'latin1');
      await peer.ended;
      assert.equal(peer.received, refusal);
      await isOver(scene, peer);
      assert.equal(scene.clock.pendingTimers, 0);
    });
  }

  it('is refused when it ends without a line', async (context) => {
    const scene = new SessionScene(takeAll);
    const peer = await scene.connect(context);
    peer.socket.end();
    await peer.ended;
    assert.equal(peer.received, refusal);
    await isOver(scene, peer);
  });

  it('is refused when its first line does not come in time', async (context) => {
    const scene = new SessionScene(takeAll);
    const peer = await scene.connect(context);
    peer.socket.write('HEL');
    scene.clock.advance(limits.loginMs - 1);
    peer.socket.write('L');
    assert.equal(peer.session.input.ended, false);
    scene.clock.advance(1);
    await peer.ended;
    assert.equal(peer.received, refusal);
    await isOver(scene, peer);
  });

  it('reads its refusal though it goes on sending, and is destroyed after lingerMs', async (context) => {
    const scene = new SessionScene((session) => session.refuse('GO AWAY\n'));
    const peer = await scene.connect(context);
    peer.socket.write(`HELLO\n${large}`);
    // The server reads what nobody takes.
    await once(peer.socket, 'drain');
    await peer.ended;
    assert.equal(peer.received, 'GO AWAY\n');
    assert.equal(scene.inputs.isSpent, false);
    scene.clock.advance(limits.lingerMs - 1);
    assert.equal(scene.over.length, 0);
    scene.clock.advance(1);
    await peer.done;
    assertGone(scene, peer);
  });
});

describe('the end of a conversation', () => {
  it('leave: the peer gets its queued frames, the last line, then the end', async (context) => {
    const { scene, peer } = await serving(context, async (session, outbox) => {
      for (const frame of [large, 'queued\n']) outbox.reply(encodeUtf8(frame));
      await session.leave('LAST\n');
    });
    await peer.ended;
    assert.equal(peer.received.length, large.length + 'queued\nLAST\n'.length);
    assert.ok(peer.received.endsWith('xqueued\nLAST\n'));
    await isOver(scene, peer);
  });

  it('drop: the peer gets nothing that still waits', async (context) => {
    const { scene, peer } = await serving(context, async (session, outbox) => {
      for (const frame of [large, 'queued\n']) outbox.reply(encodeUtf8(frame));
      await session.drop();
    });
    await peer.ended;
    assert.equal(peer.received.length, large.length);
    await isOver(scene, peer);
  });

  it('expel: no further request is taken, and the protocol leaves', async (context) => {
    const { scene, peer } = await serving(context, async (session) => {
      await takeAll(session);
      await session.leave('EXPELLED\n');
    });
    peer.session.expel();
    peer.socket.write('a request\n');
    await peer.ended;
    assert.equal(peer.received, 'EXPELLED\n');
    await isOver(scene, peer);
  });

  it('expel: a peer that does not read its farewell is destroyed after lingerMs', async (context) => {
    const { scene, peer } = await serving(context, async (session, outbox) => {
      outbox.reply(encodeUtf8(large));
      await takeAll(session);
      await session.leave('EXPELLED\n');
    });
    peer.socket.pause();
    peer.session.expel();
    scene.clock.advance(limits.lingerMs - 1);
    assert.equal(peer.session.connection.unsentBytes > 0, true);
    scene.clock.advance(1);
    await peer.done;
    assertGone(scene, peer);
  });

  it('fail: the peer gets the farewell once, and nothing behind it', async (context) => {
    const { scene, peer } = await serving(context, async (session, outbox) => {
      for (const frame of [large, 'queued\n']) outbox.reply(encodeUtf8(frame));
      await takeAll(session);
      await session.leave('LAST\n');
    });
    peer.session.fail('it broke');
    peer.session.fail('it broke again', new Error('of which nobody hears'));
    peer.session.abandon();
    await peer.ended;
    assert.equal(peer.received.length, large.length + 'FAREWELL\n'.length);
    assert.ok(peer.received.endsWith('xFAREWELL\n'));
    assert.equal(scene.over.length, 0, 'the peer has until lingerMs to read it');
    await isOver(scene, peer);
  });

  it('fail: a peer that stays is destroyed after lingerMs', async (context) => {
    const { scene, peer } = await serving(context, takeAll);
    peer.session.fail('it broke');
    await peer.ended;
    assert.equal(peer.received, 'FAREWELL\n');
    scene.clock.advance(limits.lingerMs);
    await peer.done;
    assertGone(scene, peer);
  });

  it('throw: the peer reads the farewell, though the server has not read all that it sent', async (context) => {
    const { scene, peer } = await serving(context, async ({ input }) => {
      await input.more();
      throw new Error('a bug');
    });
    peer.socket.write(large);
    await once(peer.socket, 'drain');
    await peer.ended;
    assert.equal(peer.received, 'FAREWELL\n');
    await isOver(scene, peer);
  });

  it('abandon: the peer gets the farewell, and nothing that waits', async (context) => {
    const { scene, peer } = await serving(context, async (session, outbox) => {
      for (const frame of [large, 'queued\n']) outbox.reply(encodeUtf8(frame));
      await takeAll(session);
      await session.leave('LAST\n');
    });
    peer.session.abandon();
    await peer.ended;
    assert.ok(peer.received.endsWith('xFAREWELL\n'));
    await isOver(scene, peer);
  });

  it('abandon: a connection without a protocol sees the end, and begins none', async (context) => {
    const scene = new SessionScene(takeAll);
    const peer = await scene.connect(context);
    peer.session.abandon();
    peer.socket.write('HELLO\n');
    await peer.ended;
    assert.equal(peer.received, '');
    await isOver(scene, peer);
  });

  it('abandon: does not disturb last words that are on their way', async (context) => {
    const { scene, peer } = await serving(context, (session) => session.leave('LAST\n'));
    await peer.ended;
    peer.session.abandon();
    assert.equal(peer.received, 'LAST\n');
    await isOver(scene, peer);
  });

  it('a connection that breaks ends its pause, its requests and its session', async (context) => {
    const { scene, peer } = await serving(context, async (session) => {
      await session.pause((resume) => session.after(3_600_000, resume));
      await takeAll(session);
      await session.leave('LAST\n');
    });
    peer.socket.resetAndDestroy();
    await peer.done;
    assertGone(scene, peer);
    assert.equal(scene.clock.pendingTimers, 0);
  });

  it('a timer that throws fails its session', async (context) => {
    const { scene, peer } = await serving(context, async (session) => {
      session.after(10, () => {
        throw new Error('a bug');
      });
      await takeAll(session);
      await session.drop();
    });
    scene.clock.advance(10);
    await peer.ended;
    assert.equal(peer.received, 'FAREWELL\n');
    await isOver(scene, peer);
  });
});

describe('a shutdown', () => {
  const settling: Serve = async (session) => {
    await takeAll(session);
    await session.settle();
    await session.leave('STOPPED\n');
  };

  it('lets a session leave when it is released, and not before', async (context) => {
    const { scene, peer } = await serving(context, settling);
    const stopped = peer.session.stop();
    assert.ok(peer.session.isStopping);
    await stopped;
    assert.equal(peer.received, '');
    peer.session.release();
    await peer.ended;
    assert.equal(peer.received, 'STOPPED\n');
    await isOver(scene, peer);
  });

  it('does not wait for a peer whose connection breaks', async (context) => {
    const { scene, peer } = await serving(context, settling);
    await peer.session.stop();
    peer.socket.resetAndDestroy();
    await peer.done;
    assertGone(scene, peer);
  });

  it('ends a pause', async (context) => {
    const { scene, peer } = await serving(context, async (session) => {
      await session.pause((resume) => session.after(3_600_000, resume));
      await settling(session);
    });
    await peer.session.stop();
    peer.session.release();
    await peer.ended;
    await isOver(scene, peer);
  });

  it('drops a connection that has sent no line', async (context) => {
    const scene = new SessionScene(settling);
    const peer = await scene.connect(context);
    await peer.session.stop();
    await peer.ended;
    assert.equal(peer.received, '');
    await isOver(scene, peer);
  });
});
