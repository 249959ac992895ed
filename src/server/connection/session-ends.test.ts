import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { limits, SessionScene, takeAll } from '../../../tests/support/session-scene.ts';
import { SlowConnection } from '../../../tests/support/slow-connection.ts';
import { decodeUtf8, encodeUtf8 } from '../../protocol/text.ts';

/** A socket breaks when something is written behind its end. */
class StrictConnection extends SlowConnection {
  writtenBehindEnd = 0;

  override write(bytes: Uint8Array): void {
    if (this.isEnded && !this.isDestroyed) this.writtenBehindEnd++;
    super.write(bytes);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const step = fc.oneof(
  fc.constantFrom('HELLO\n', 'NONSENSE\n', 'HEL').map((text) => ({ kind: 'send', text }) as const),
  fc.constantFrom(1, limits.lingerMs, limits.loginMs).map((ms) => ({ kind: 'advance', ms }) as const),
  fc.constantFrom('frame', 'drain', 'end', 'break').map((kind) => ({ kind }) as const),
  fc.constantFrom('fail', 'expel', 'abandon', 'stop', 'release').map((kind) => ({ kind }) as const),
);
const ending = fc.constantFrom('leave', 'drop', 'settle', 'refuse', 'throw');

it('a session ends once, says nothing behind its farewell, and keeps nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), ending, async (steps, how) => {
      const scene = new SessionScene(async (session) => {
        if (how === 'refuse') return session.refuse('LAST\n');
        session.farewell = 'FAREWELL\n';
        scene.outbox(session);
        await takeAll(session);
        if (how === 'throw') throw new Error('a bug');
        if (how === 'drop') return session.drop();
        if (how === 'settle' && session.isStopping) await session.settle();
        return session.leave('LAST\n');
      });
      const connection = new StrictConnection(8);
      const session = scene.session(connection);
      const done = session.run();
      for (const next of steps) {
        if (next.kind === 'send') connection.receive(encodeUtf8(next.text));
        else if (next.kind === 'advance') scene.clock.advance(next.ms);
        else if (next.kind === 'frame') session.outbox?.reply(encodeUtf8('frame\n'));
        else if (next.kind === 'drain') connection.drain(1);
        else if (next.kind === 'end') connection.receiveEnd();
        else if (next.kind === 'break') connection.breakOff(new Error('it broke'));
        else if (next.kind === 'fail') session.fail('it failed');
        else if (next.kind === 'stop') void session.stop();
        else session[next.kind]();
        await turn();
      }
      // From here on the peer reads everything, and the server lets every session go.
      void session.stop();
      session.release();
      for (let rounds = 0; rounds < 4; rounds++) {
        await turn();
        connection.drain();
      }
      scene.clock.advance(limits.lingerMs);
      await done;
      assert.equal(connection.writtenBehindEnd, 0);
      // A session may fail while it leaves.
      assert.match(
        connection.read.map((bytes) => decodeUtf8(bytes)).join(''),
        /^(frame\n)*(REFUSED\n|(LAST\n)?(FAREWELL\n)?)$/,
      );
      assert.deepEqual(scene.over, [session]);
      assert.ok(session.isClosed && scene.isEmpty);
      scene.clock.advance(limits.lingerMs);
      assert.equal(scene.clock.pendingTimers, 0);
    }),
    { numRuns: 1000 },
  );
});
