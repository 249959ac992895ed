import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FairQueue } from './fair-queue.ts';

const pushed = fc.record({ lane: fc.constantFrom('a', 'b', 'c'), cost: fc.nat(100) });

test('everything comes out once, each lane in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.option(pushed, { freq: 3, nil: 'take' as const })), (steps) => {
      const queue = new FairQueue<{ lane: string; at: number }>();
      const taken: { lane: string; at: number }[] = [];
      let count = 0;
      for (const [at, step] of steps.entries()) {
        if (step === 'take') {
          const item = queue.take();
          assert.equal(item === undefined, queue.size === 0 && taken.length === count);
          if (item !== undefined) taken.push(item);
        } else {
          queue.push(step.lane, step.cost, { lane: step.lane, at });
          count++;
        }
      }
      for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
      assert.equal(taken.length, count);
      for (const lane of ['a', 'b', 'c']) {
        const order = taken.filter((item) => item.lane === lane).map(({ at }) => at);
        assert.deepEqual(
          order,
          order.toSorted((one, other) => one - other),
        );
      }
    }),
  );
});

test('a lane that asks for little goes before the backlog of others', () => {
  const queue = new FairQueue<string>();
  for (let at = 0; at < 150; at++)
    for (let text = 0; text < 10; text++) queue.push(`flood-${at}`, 262_000, 'big');
  for (let at = 0; at < 20; at++) queue.take();
  queue.push('bystander', 50, 'small');
  assert.equal(queue.take(), 'small');
});
