import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Deadlines } from './deadlines.ts';

describe('Deadlines', () => {
  it('gives each item once, at the earliest of its times, in order', () => {
    const scheduling = fc.array(fc.tuple(fc.nat(20), fc.nat(100)), { maxLength: 60 });
    fc.assert(
      fc.property(scheduling, fc.nat(100), (pairs, nowMs) => {
        const items = Array.from({ length: 21 }, (_, id) => ({ id }));
        const deadlines = new Deadlines<{ readonly id: number }>();
        const earliest = new Map<number, number>();
        for (const [id, dueMs] of pairs) {
          const item = items[id];
          if (item === undefined) continue;
          deadlines.schedule(item, dueMs);
          earliest.set(id, Math.min(dueMs, earliest.get(id) ?? Infinity));
        }
        const taken: number[] = [];
        for (let item = deadlines.take(nowMs); item !== undefined; item = deadlines.take(nowMs)) {
          taken.push(item.id);
        }
        const due = [...earliest].filter(([, dueMs]) => dueMs <= nowMs);
        assert.deepEqual([...taken].sort(), due.map(([id]) => id).sort());
        const times = taken.map((id) => earliest.get(id) ?? 0);
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        );
      }),
    );
  });

  it('says when the next one is due', () => {
    const deadlines = new Deadlines<object>();
    const item = {};
    assert.equal(deadlines.nextMs, Infinity);
    deadlines.schedule(item, 30);
    deadlines.schedule(item, 20);
    assert.equal(deadlines.nextMs, 20);
    assert.equal(deadlines.take(25), item);
    assert.equal(deadlines.take(35), undefined, 'its later time counts no more');
  });
});
