import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Committed } from '../log/bus.ts';
import { allKeysIn } from '../messages/keys.ts';
import { EntryBatches } from './entry-batches.ts';

/** Takes the first batch of some texts; returns the positions whose keys were looked up for it. */
function lookedAt(lengths: readonly number[]): {
  readonly looked: number[];
  readonly textLength: number | undefined;
} {
  const group = lengths.map((length, at): Committed => {
    const message = { kind: 'text' as const, text: 'x'.repeat(length) };
    return {
      entry: { position: at + 1, timeMs: 0, sender: 'alice', message },
      ticket: undefined,
      isRepeat: false,
    };
  });
  const looked: number[] = [];
  const batches = new EntryBatches(group, ({ position }) => {
    looked.push(position);
    return [];
  });
  return { looked, textLength: batches.take(false)?.textLength };
}

test('short texts for the same users are one batch; no two long ones are scanned in one step', () => {
  assert.deepEqual(lookedAt([10, 20, 30]), { looked: [1, 2, 3], textLength: 60 });
  assert.deepEqual(lookedAt([65_535, 65_535]), { looked: [1], textLength: 65_535 });
  assert.deepEqual(lookedAt([10, 20, 5_000]), { looked: [1, 2], textLength: 30 });
  const short = Array.from({ length: 20 }, () => 4_000);
  assert.deepEqual(lookedAt(short).textLength, 36_000);
});

test('a long text is scanned in a step of its own, and only once', () => {
  const message = { kind: 'text', text: 'apple '.repeat(1_000) } as const;
  const entry = { position: 1, timeMs: 0, sender: 'alice', message };
  const given: unknown[] = [];
  const batches = new EntryBatches([{ entry, ticket: undefined, isRepeat: false }], (_entry, all) => {
    given.push(all);
    return [];
  });
  assert.equal(batches.look(), true);
  assert.deepEqual(given, []);
  batches.take(true);
  assert.deepEqual(given, [allKeysIn(entry)]);
  assert.equal(batches.look(), false);
});
