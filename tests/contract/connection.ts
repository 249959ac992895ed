import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Connection } from '../../src/transport/connection.ts';
import { Observed, pattern, settle } from '../support/observed-connection.ts';

/** Two ends of one fresh connection, neither attached yet, and what to call when the test is over. */
export type ConnectionPair = readonly [Connection, Connection, cleanup: () => Promise<void>];

/** More than any system buffers between two ends that do not read. */
const largeBytes = 8 * 1024 * 1024;

/** Proves that what `open` makes is a `Connection` as src/transport/connection.ts promises it. */
export function testConnectionContract(name: string, open: () => Promise<ConnectionPair>): void {
  function proves(behaviour: string, run: (a: Observed, b: Observed) => Promise<void>): void {
    it(behaviour, { timeout: 30_000 }, async (test) => {
      const [first, second, cleanup] = await open();
      test.after(() => {
        first.destroy();
        second.destroy();
        return cleanup();
      });
      await run(new Observed(first), new Observed(second));
    });
  }

  describe(`${name} as a Connection`, () => {
    proves('delivers what was written in order, both ways at once', async (a, b) => {
      let sent = '';
      for (let i = 0; i < 1000; i++) {
        a.connection.write(Buffer.from(`${i},`));
        b.connection.write(Buffer.from(`${i},`));
        sent += `${i},`;
      }
      await Promise.all([a, b].map((end) => end.until(() => end.received >= sent.length)));
      assert.equal(a.bytes.toString(), sent);
      assert.equal(b.bytes.toString(), sent);
    });

    proves('counts in unsentBytes what the system has not taken, down to 0 at onDrain', async (a, b) => {
      assert.equal(a.connection.unsentBytes, 0);
      b.connection.pause();
      const large = pattern(largeBytes);
      a.connection.write(large);
      a.connection.write(Buffer.from('behind'));
      assert.ok(a.connection.unsentBytes > 0);
      assert.ok(a.connection.unsentBytes <= large.length + 6);
      await settle();
      assert.ok(a.connection.unsentBytes > 0, 'a reader that does not read is felt');
      assert.equal(a.drains, 0);
      b.connection.resume();
      await a.until(() => a.drains > 0);
      assert.equal(a.connection.unsentBytes, 0);
      await b.until(() => b.received >= large.length + 6);
      assert.ok(b.bytes.equals(Buffer.concat([large, Buffer.from('behind')])));
    });

    proves('counts in sentBytes what the system takes, also while more of it waits', async (a, b) => {
      b.connection.pause();
      a.connection.write(pattern(largeBytes));
      await settle();
      const first = a.connection.sentBytes;
      assert.ok(first < largeBytes);
      b.connection.resume();
      // More than fits between the two ends: some of it was taken since.
      await b.until(() => b.received > largeBytes / 2);
      b.connection.pause();
      const second = a.connection.sentBytes;
      assert.ok(second > first && second >= largeBytes / 2);
      if (a.drains === 0) assert.equal(second + a.connection.unsentBytes >= largeBytes, true);
      b.connection.resume();
      await b.until(() => b.received === largeBytes);
      assert.equal(a.connection.sentBytes, largeBytes);
    });

    proves('says onDrain once each time that something had to wait, however little', async (a, b) => {
      const piece = pattern(10_000);
      let written = 0;
      for (let round = 1; round <= 3; round++) {
        b.connection.pause();
        while (a.connection.unsentBytes === 0) {
          a.connection.write(piece);
          written += piece.length;
        }
        b.connection.resume();
        await a.until(() => a.drains === round);
        assert.equal(a.connection.unsentBytes, 0);
        await b.until(() => b.received === written);
      }
      await settle();
      assert.equal(a.drains, 3);
    });

    proves('says onDrain for what was still unsent at `end`', async (a, b) => {
      b.connection.pause();
      a.connection.write(pattern(largeBytes));
      a.connection.end();
      await settle();
      assert.ok(a.connection.unsentBytes > 0);
      b.connection.resume();
      await a.until(() => a.drains > 0);
      assert.equal(a.connection.unsentBytes, 0);
    });

    proves('sends all that was written while the reader was slow, also just before `end`', async (a, b) => {
      const large = pattern(largeBytes);
      b.connection.pause();
      a.connection.write(large);
      a.connection.write(large);
      b.connection.resume();
      // Then the first was taken, and the second is on its way.
      await b.until(() => b.received > largeBytes);
      b.connection.pause();
      a.connection.write(large);
      a.connection.end();
      assert.ok(a.connection.unsentBytes > largeBytes);
      b.connection.resume();
      await b.until(() => b.ends + b.closes.length > 0);
      assert.equal(b.received, 3 * largeBytes);
      assert.deepEqual([a.drains, a.connection.unsentBytes], [1, 0]);
    });

    proves('gives no data while paused, but for a little, and all of it after resume', async (a, b) => {
      b.connection.pause();
      a.connection.write(pattern(largeBytes));
      await settle();
      const early = b.received;
      assert.ok(early <= 1024 * 1024, `${early} bytes came in spite of pause`);
      await settle();
      assert.equal(b.received, early);
      b.connection.resume();
      await b.until(() => b.received > early);
      b.connection.pause();
      b.connection.pause();
      b.connection.resume();
      await b.until(() => b.received === largeBytes);
      assert.ok(b.bytes.equals(pattern(largeBytes)));
    });

    proves('says onEnd behind the last byte, and can still be written the other way', async (a, b) => {
      a.connection.write(pattern(largeBytes));
      a.connection.end();
      await b.until(() => b.ends > 0);
      assert.equal(b.received, largeBytes);
      await settle();
      assert.deepEqual([a.closes.length, b.closes.length], [0, 0], 'half of it is still open');
      b.connection.write(Buffer.from('answer'));
      await a.until(() => a.received === 6);
      b.connection.write(pattern(largeBytes));
      b.connection.end();
      await Promise.all([a.closed(), b.closed()]);
      assert.equal(a.received, 6 + largeBytes);
      assert.deepEqual(a.closes, [undefined]);
      assert.deepEqual(b.closes, [undefined]);
      assert.deepEqual([a.ends, b.ends], [1, 1]);
      assert.deepEqual([a.events.at(-1), b.events.at(-1)], ['close', 'close']);
    });

    proves('takes a second `end` as none, before and after the close', async (a, b) => {
      a.connection.end();
      a.connection.end();
      await b.until(() => b.ends > 0);
      b.connection.end();
      await Promise.all([a.closed(), b.closed()]);
      a.connection.end();
      b.connection.end();
      await settle();
      assert.deepEqual([a.closes, b.closes], [[undefined], [undefined]]);
      assert.deepEqual([a.ends, b.ends], [1, 1]);
    });

    proves('closes once after `destroy`, however often it is called', async (a, b) => {
      a.connection.destroy();
      a.connection.destroy();
      assert.equal(a.closes.length, 0, 'never from within the call');
      await a.closed();
      a.connection.destroy();
      a.connection.end();
      // The other end learns of it by onEnd or at once by onClose, and closes when it ends too.
      await b.until(() => b.ends + b.closes.length > 0);
      b.connection.end();
      await b.closed();
      await settle();
      assert.equal(a.closes.length, 1);
      assert.equal(b.closes.length, 1);
      assert.deepEqual(a.closes, [undefined], 'to destroy is no error');
      assert.equal(a.events.at(-1), 'close');
      assert.equal(b.events.at(-1), 'close');
    });

    proves('closes once on both ends when both destroy at the same time', async (a, b) => {
      a.connection.write(pattern(1000));
      a.connection.destroy();
      b.connection.destroy();
      await Promise.all([a.closed(), b.closed()]);
      await settle();
      assert.deepEqual([a.closes.length, b.closes.length], [1, 1]);
    });

    proves('says nothing more after `destroy` but onClose', async (a, b) => {
      b.connection.write(pattern(largeBytes));
      await a.until(() => a.received > 0);
      const before = a.received;
      a.connection.destroy();
      await a.closed();
      await settle();
      assert.equal(a.received, before);
      assert.deepEqual(a.events, ['data', 'close']);
    });

    proves('ignores what is written after `destroy`', async (a, b) => {
      a.connection.destroy();
      a.connection.write(Buffer.from('too late'));
      await a.closed();
      a.connection.write(Buffer.from('later still'));
      await b.until(() => b.ends + b.closes.length > 0);
      await settle();
      assert.equal(b.received, 0);
      assert.deepEqual(a.closes, [undefined]);
    });

    proves('names the error in onClose when the peer breaks off with bytes unread', async (a, b) => {
      b.connection.pause();
      a.connection.write(pattern(largeBytes));
      await settle();
      b.connection.destroy();
      await Promise.all([a.closed(), b.closed()]);
      await settle();
      assert.equal(a.closes.length, 1);
      assert.ok(a.closes[0] instanceof Error, 'a was reset and says so');
      assert.equal(a.events.at(-1), 'close');
    });

    proves('closes at last when it is destroyed while paused and with bytes unsent', async (a, b) => {
      b.connection.pause();
      a.connection.pause();
      a.connection.write(pattern(largeBytes));
      a.connection.destroy();
      await a.closed();
      assert.deepEqual(a.closes, [undefined]);
      b.connection.destroy();
      await b.closed();
    });
  });
}
