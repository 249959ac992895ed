import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { KeyQueue } from './key-queue.ts';
import type { Key } from './keys.ts';

const key = (name: string): Key => ({ kind: 'key', name });

/** A queue that holds at Tab until `done` is called. */
function scene() {
  const clock = new FakeClock();
  const handled: string[] = [];
  const { promise, resolve: done } = Promise.withResolvers<void>();
  const queue = new KeyQueue(clock, (one) => {
    handled.push(one.kind === 'key' ? one.name : one.kind);
    if (handled.at(-1) === 'tab') queue.holdUntil(promise);
  });
  return { clock, handled, queue, done };
}

describe('keys behind a completion', () => {
  it('wait for it', async () => {
    const { handled, queue, done } = scene();
    queue.add([key('a'), key('tab'), key('enter')]);
    queue.add([key('b')]);
    assert.deepEqual(handled, ['a', 'tab']);
    done();
    await new Promise(setImmediate);
    assert.deepEqual(handled, ['a', 'tab', 'enter', 'b']);
  });

  it('do not wait for long', () => {
    const { clock, handled, queue } = scene();
    queue.add([key('tab'), key('enter')]);
    clock.advance(150);
    assert.deepEqual(handled, ['tab', 'enter']);
    assert.equal(clock.pendingTimers, 0);
  });

  it('are forgotten when the prompt is closed', async () => {
    const { handled, queue, done } = scene();
    queue.add([key('tab'), key('enter')]);
    queue.clear();
    done();
    await new Promise(setImmediate);
    assert.deepEqual(handled, ['tab']);
  });
});
