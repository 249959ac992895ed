import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Draft } from '../messages/entry.ts';
import { Group, GroupQueue } from './group.ts';

const draft = (text: string): Draft => ({ timeMs: 0, sender: 'alice', message: { kind: 'text', text } });

test('without space each draft is answered once, in order: as stored before, or as refused', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (areRepeats) => {
      const group = new Group();
      for (const at of areRepeats.keys()) group.add(draft(`${at}`), at);
      const repeats = new Map(areRepeats.flatMap((isRepeat, at) => (isRepeat ? [[at, 100 + at]] : [])));
      const runs = group.refused(repeats);
      const told = runs.flatMap(({ stored, refused = [] }) => [
        ...(stored ?? []).map(({ ticket, entry }) => [ticket, entry.position]),
        ...refused.map((ticket) => [ticket, undefined]),
      ]);
      assert.deepEqual(
        told,
        areRepeats.map((isRepeat, at) => [at, isRepeat ? 100 + at : undefined]),
      );
      const turns = areRepeats.filter((isRepeat, at) => isRepeat !== areRepeats[at - 1]);
      assert.equal(runs.length, turns.length, 'those that stand together are told together');
    }),
  );
});

test('groups are bounded by drafts and by bytes, and leave in order', () => {
  const queue = new GroupQueue();
  for (let at = 0; at < 2_500; at++) queue.add(draft('short'), at);
  const long = 'x'.repeat(64 * 1024);
  for (let at = 2_500; at < 2_600; at++) queue.add(draft(long), at);
  const tickets: (number | undefined)[] = [];
  let groups = 0;
  for (let group = queue.take(); group !== undefined; group = queue.take()) {
    groups++;
    assert.ok(group.tickets.length <= 1_024);
    const texts = group.tickets.filter((ticket = 0) => ticket >= 2_500).length * long.length;
    assert.ok(texts <= 2 * 1024 * 1024 + long.length, `${texts} bytes`);
    tickets.push(...group.tickets);
  }
  assert.ok(groups >= 3);
  assert.deepEqual(tickets, [...Array(2_600).keys()]);
});
