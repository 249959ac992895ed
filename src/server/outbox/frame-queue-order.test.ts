import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteBudget } from '../../transport/byte-budget.ts';
import type { Frame } from './frame.ts';
import { FrameQueue } from './frame-queue.ts';
import { joinedBytes } from './write-buffer.ts';

const file = { id: 'a', name: 'f', bytes: 4, sha256: '' };
/** Mostly few at a time; sometimes so many that those who have left take most of the list. */
const count = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1_000, max: 1_500 }));
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      count,
      bytes: fc.constantFrom(0, 1, 3, 60, joinedBytes / 2, joinedBytes, joinedBytes + 1),
      isReply: fc.boolean(),
      hasFile: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('shift' as const), count }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('shiftJoined' as const), count }) },
  fc.record({ kind: fc.constantFrom('keepOwnMemory' as const, 'dropDeliveries' as const, 'clear' as const) }),
);

/** What `shiftJoined` takes of the model: the frames before the next file that fill a write, at least one. */
function joinedOf(model: Frame[]): Frame[] {
  let bytes = 0;
  let taken = 0;
  for (const frame of model) {
    if (taken > 0 && (frame.file !== undefined || bytes + frame.bytes.length > joinedBytes)) break;
    bytes += frame.bytes.length;
    taken++;
    if (frame.file !== undefined) break;
  }
  return model.splice(0, taken);
}

test('frames leave in the order in which they came, whole and counted, alone or joined', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const budget = new ByteBudget(Infinity);
      const queue = new FrameQueue(budget);
      let model: Frame[] = [];
      let made = 0;
      for (const next of steps) {
        if (next.kind === 'push') {
          // Long frames are few: they are copied.
          for (let at = 0; at < Math.min(next.count, next.bytes > 100 ? 3 : Infinity); at++) {
            const position = next.isReply ? 0 : ++made;
            const bytes = Buffer.alloc(next.bytes, ++made);
            const frame = { bytes, position, ...(next.hasFile && !next.isReply && { file }) };
            queue.push(frame);
            model.push(frame);
          }
        } else if (next.kind === 'shift' || next.kind === 'shiftJoined') {
          for (let at = 0; at < next.count; at++) {
            const expected: Frame[] = next.kind === 'shift' ? model.splice(0, 1) : joinedOf(model);
            const frame: Frame | undefined = queue[next.kind]();
            if (expected.length === 0) assert.equal(frame, undefined);
            else {
              assert.ok(frame && Buffer.concat(expected.map(({ bytes }) => bytes)).equals(frame.bytes));
              assert.equal(frame.position, expected.findLast(({ position }) => position > 0)?.position ?? 0);
              assert.equal(frame.file, expected[0]?.file);
            }
          }
        } else {
          queue[next.kind]();
          if (next.kind === 'clear') model = [];
          if (next.kind === 'dropDeliveries') model = model.filter(({ position }) => position === 0);
        }
        const bytes = model.reduce((sum, frame) => sum + frame.bytes.length, 0);
        assert.deepEqual([queue.length, queue.isEmpty], [model.length, model.length === 0]);
        assert.deepEqual([queue.bytes, budget.heldBytes], [bytes, bytes]);
      }
    }),
  );
});
