import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits, type Limits } from '../../protocol/limits.ts';
import { PostQueue } from './post-queue.ts';

/** A queue before a log that stores its messages when the test says so. */
class Scene {
  readonly clock = new FakeClock();
  readonly disk = { isLow: false };
  readonly hub = { entryMs: 0, longTextMs: 0 };
  readonly queue: PostQueue;
  /** Passed to the log and not stored yet. */
  readonly storing: { readonly what: string; readonly bytes: number }[] = [];

  constructor(limits: Partial<Limits> = {}, isLimited = true) {
    this.queue = new PostQueue(this.clock, { ...defaultLimits, ...limits }, isLimited, this.disk, this.hub);
  }

  submit(
    what: string,
    { sender = what, address = 'here', bytes = 10, isLoopback = false } = {},
  ): ReturnType<PostQueue['submit']> {
    const run = (): void => void this.storing.push({ what, bytes });
    return this.queue.submit({ sender, address, isLoopback, bytes, run });
  }

  get handedOver(): string[] {
    return this.storing.map(({ what }) => what);
  }

  /** The log stores its oldest message. */
  store(): void {
    const { bytes } = this.storing.shift() ?? assert.fail('nothing is being stored');
    this.queue.finished(bytes);
  }
}

const fast = { addressMessagesPerSecond: 1, addressMessageBurst: 2, loopbackFactor: 4 };

test('messages over the rate of an address wait, whatever names it uses', () => {
  const scene = new Scene(fast);
  for (const what of ['a', 'b', 'c', 'd']) assert.equal(scene.submit(what), 'taken');
  assert.equal(scene.submit('e', { address: 'elsewhere' }), 'taken');
  assert.deepEqual(scene.handedOver, ['a', 'b', 'e']);
  scene.clock.advance(1_000);
  assert.deepEqual(scene.handedOver, ['a', 'b', 'e', 'c']);
  scene.clock.advance(1_000);
  assert.deepEqual(scene.handedOver, ['a', 'b', 'e', 'c', 'd']);
  assert.equal(scene.clock.pendingTimers, 0);
});

test('bytes over the rate of an address wait; this machine may send more', () => {
  const scene = new Scene({ addressBytesPerSecond: 100, addressBytesBurst: 100, loopbackFactor: 4 });
  for (const what of ['a', 'b']) scene.submit(what, { bytes: 150 });
  for (const what of ['c', 'd']) scene.submit(what, { bytes: 150, address: 'own', isLoopback: true });
  assert.deepEqual(scene.handedOver, ['a', 'c', 'd']);
});

test('a flood does not delay other senders of the same address', () => {
  const scene = new Scene({ ...fast, addressMessageBurst: 1 });
  scene.submit('first', { sender: 'flood' });
  for (let at = 0; at < 100; at++) scene.submit(`flood ${at}`, { sender: 'flood' });
  scene.submit('small', { sender: 'other' });
  scene.clock.advance(2_000);
  assert.ok(scene.handedOver.includes('small'), `${scene.handedOver}`);
});

test('waiting messages and their bytes are bounded, and room comes back', () => {
  const count = new Scene({ waitingMessages: 2 });
  assert.deepEqual(
    ['a', 'b', 'c'].map((what) => count.submit(what)),
    ['taken', 'taken', 'busy'],
  );
  count.store();
  assert.equal(count.submit('d'), 'taken');
  const bytes = new Scene({ waitingMessageBytes: 100 });
  assert.equal(bytes.submit('a', { bytes: 100 }), 'taken');
  assert.equal(bytes.submit('b'), 'busy');
  bytes.store();
  assert.equal(bytes.submit('b'), 'taken');
});

test('no message is taken while the disk is nearly full', () => {
  const scene = new Scene();
  scene.disk.isLow = true;
  assert.equal(scene.submit('a'), 'full');
  scene.disk.isLow = false;
  assert.equal(scene.submit('a'), 'taken');
});

test('the log holds a bounded number of messages, and later ones wait in fair order', () => {
  const scene = new Scene({}, false);
  for (let at = 0; at < 5_000; at++) scene.submit(`flood ${at}`, { sender: 'flood' });
  assert.equal(scene.storing.length, 4_096);
  scene.submit('small', { sender: 'other' });
  scene.store();
  scene.store();
  assert.ok(scene.handedOver.slice(-2).includes('small'));
});

test('the log holds no more than a short fan-out, and a sender of one message is next', () => {
  const scene = new Scene({}, false);
  scene.hub.entryMs = 5;
  for (let at = 0; at < 100; at++) scene.submit(`flood ${at}`, { sender: 'flood' });
  assert.equal(scene.storing.length, 8);
  scene.submit('small', { sender: 'other' });
  scene.store();
  scene.store();
  assert.ok(scene.handedOver.slice(-2).includes('small'));
  const slow = new Scene({}, false);
  slow.hub.entryMs = 1_000;
  for (let at = 0; at < 100; at++) slow.submit(`flood ${at}`, { sender: 'flood' });
  assert.equal(slow.storing.length, 2);
});

test('a server that shuts down waits for no rate', () => {
  const scene = new Scene(fast);
  for (const what of ['a', 'b', 'c', 'd']) scene.submit(what);
  scene.queue.stop();
  assert.deepEqual(scene.handedOver, ['a', 'b', 'c', 'd']);
  scene.submit('e');
  assert.equal(scene.storing.length, 5);
  assert.equal(scene.clock.pendingTimers, 0);
});

test('one long text is under way at a time, short ones overtake waiting ones, and each sender keeps the order', () => {
  const scene = new Scene({}, false);
  scene.submit('a1', { sender: 'a', bytes: 100_000 });
  scene.submit('a2', { sender: 'a' });
  scene.submit('b1', { sender: 'b', bytes: 100_000 });
  scene.submit('b2', { sender: 'b' });
  scene.submit('c1', { sender: 'c', bytes: 8_192 });
  assert.deepEqual(scene.handedOver, ['a1', 'a2', 'c1']);
  scene.store();
  assert.deepEqual(scene.handedOver, ['a2', 'c1', 'b1']);
  scene.store();
  assert.deepEqual(scene.handedOver, ['c1', 'b1']);
  scene.store();
  scene.store();
  assert.deepEqual(scene.handedOver, ['b2']);
});

test('after a long text the next one waits three times as long as its fan-out, and short ones do not', () => {
  const scene = new Scene({}, false);
  for (const sender of ['a', 'b']) scene.submit(sender, { bytes: 100_000 });
  scene.hub.longTextMs = 200;
  scene.store();
  scene.submit('c');
  assert.deepEqual(scene.handedOver, ['c']);
  scene.clock.advance(599);
  assert.deepEqual(scene.handedOver, ['c']);
  scene.clock.advance(1);
  assert.deepEqual(scene.handedOver, ['c', 'b']);
});

test('a server that shuts down runs long texts without a pause', () => {
  const scene = new Scene({}, false);
  for (const sender of ['a', 'b', 'c']) scene.submit(sender, { bytes: 100_000 });
  scene.hub.longTextMs = 200;
  scene.store();
  scene.queue.stop();
  assert.deepEqual(scene.handedOver, ['b']);
  scene.store();
  assert.deepEqual(scene.handedOver, ['c']);
  assert.equal(scene.clock.pendingTimers, 0);
});

test('a message never overtakes one of its sender, when the rate or the hub has become free just then', () => {
  const rated = new Scene({ ...fast, addressMessageBurst: 1 });
  for (const what of ['a', 'b']) rated.submit(what, { sender: 'flood' });
  // Time for another message has come, and no timer has run yet.
  rated.clock.jump(5_000);
  rated.submit('c', { sender: 'flood' });
  rated.clock.advance(5_000);
  assert.deepEqual(rated.handedOver, ['a', 'b', 'c']);
  const slow = new Scene({}, false);
  slow.hub.entryMs = 1_000;
  for (const what of ['a', 'b', 'c']) slow.submit(what, { sender: 'flood' });
  slow.hub.entryMs = 1;
  slow.submit('d', { sender: 'flood' });
  slow.store();
  assert.deepEqual(slow.handedOver, ['b', 'c', 'd']);
});

test('the log holds a bounded number of bytes', () => {
  const scene = new Scene({}, false);
  for (let at = 0; at < 600; at++) scene.submit(`${at}`, { bytes: 8_192 });
  assert.equal(scene.storing.length, 512);
  scene.store();
  assert.equal(scene.storing.length, 512);
});

test('the rest after a long text is bounded, however long its fan-out took', () => {
  const scene = new Scene({}, false);
  for (const sender of ['a', 'b']) scene.submit(sender, { bytes: 100_000 });
  scene.hub.longTextMs = 60_000;
  scene.store();
  scene.clock.advance(4_999);
  assert.deepEqual(scene.handedOver, []);
  scene.clock.advance(1);
  assert.deepEqual(scene.handedOver, ['b']);
});
