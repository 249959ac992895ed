import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../messages/entry.ts';
import { keysOf } from '../messages/keys.ts';
import { BatchPostings } from './batch-postings.ts';

const said = (position: number, text: string): Entry => ({
  position,
  timeMs: 0,
  sender: 'alice',
  message: { kind: 'text', text },
});

/** The postings of the batch, by key. */
function postingsOf(batch: BatchPostings): Map<string, number[]> {
  const positionsOf = batch.byKey();
  return new Map(batch.numbers.map((number) => [batch.keyOf(number), [...positionsOf(number)]]));
}

test('each batch has the postings of its entries, and ids stay known from one to the next', () => {
  const text = fc.constantFrom('apple', 'apple apple pear', 'pear! fig', '');
  const step = fc.record({
    texts: fc.array(text, { maxLength: 8 }),
    knowsIds: fc.boolean(),
    forgotten: fc.constantFrom('apple', 'fig', 'plum'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
      const batch = new BatchPostings();
      const ids = new Map<string, number>();
      let position = 0;
      for (const { texts, knowsIds, forgotten } of steps) {
        batch.begin(knowsIds);
        if (!knowsIds) ids.clear();
        batch.forgetId(forgotten);
        ids.delete(forgotten);
        const expected = new Map<string, number[]>();
        for (const one of texts) {
          const entry = said(++position, one);
          batch.add(entry);
          for (const key of keysOf('alice', entry.message))
            expected.set(key, [...(expected.get(key) ?? []), position]);
        }
        assert.deepEqual(postingsOf(batch), expected);
        assert.equal(batch.size, [...expected.values()].flat().length);
        for (const key of ['apple', 'fig', 'plum', '@alice']) assert.equal(batch.has(key), expected.has(key));
        for (const number of batch.numbers) {
          assert.equal(batch.idOf(number), ids.get(batch.keyOf(number)) ?? 0);
          batch.setId(number, position * 100 + number);
          ids.set(batch.keyOf(number), position * 100 + number);
        }
      }
    }),
  );
});

test('keys get new numbers when there are too many', () => {
  const batch = new BatchPostings();
  for (let position = 1; position <= 7_000; position++) {
    const words = Array.from({ length: 10 }, (_, at) => `w${10 * position + at}`);
    batch.add(said(position, words.join(' ')));
  }
  assert.ok(batch.has('w10'));
  batch.begin();
  assert.ok(!batch.has('w10'));
  batch.add(said(7_001, 'w10 pear'));
  assert.deepEqual(
    postingsOf(batch),
    new Map([
      ['w10', [7_001]],
      ['pear', [7_001]],
      ['@alice', [7_001]],
    ]),
  );
  assert.deepEqual([batch.has('w10'), batch.has('w20')], [true, false]);
});
