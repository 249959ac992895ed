import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ByteBudget } from '../../transport/byte-budget.ts';
import type { Frame } from './frame.ts';
import { FrameQueue } from './frame-queue.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const textOf = (frame: Frame | undefined): string => String(Buffer.from(frame?.bytes ?? []));

test('frames that have left are not kept while others wait', async () => {
  const budget = new ByteBudget(100);
  const queue = new FrameQueue(budget);
  const left = leaving(queue);
  // What a WeakRef was made of stays until the current task is over.
  await new Promise(setImmediate);
  collectGarbage();
  assert.deepEqual(
    left.map((frame) => frame.deref()),
    [undefined, undefined, undefined],
  );
  assert.deepEqual([queue.length, queue.bytes, budget.heldBytes], [1, 2, 2]);
  assert.equal(textOf(queue.shift()), '4;');
  assert.deepEqual([queue.isEmpty, budget.heldBytes], [true, 0]);
});

/** Three frames leave, alone and joined, before one with a file. */
function leaving(queue: FrameQueue): WeakRef<Frame>[] {
  const frames = [1, 2, 3].map((position): Frame => ({ bytes: Buffer.from(`${position};`), position }));
  for (const frame of frames) queue.push(frame);
  const file = { id: 'a', name: 'f', bytes: 4, sha256: '' };
  queue.push({ bytes: Buffer.from('4;'), position: 4, file });
  assert.equal(textOf(queue.shift()), '1;');
  assert.equal(textOf(queue.shiftJoined()), '2;3;');
  return frames.map((frame) => new WeakRef(frame));
}
