import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeSafely } from '../hub/frames.ts';
import type { User } from '../hub/user.ts';
import { type Cell, cellsOf, entriesOf, entryOf } from '../log/rows.ts';
import { chat10Encoders } from './chat10/encoders.ts';
import { chat11Encoder } from './chat11/encoder.ts';
import { verbsEncoder } from './verbs/encoder.ts';

/** A cell of a row as the disk may have left it: something else of the same type. The table is STRICT. */
const text = fc.oneof(
  fc.constantFrom('text', 'broadcast', 'private', 'attachment', 'bob', '["pie"]', '[7]', '{}', 'null', ''),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const whole = fc.oneof(fc.nat(), fc.constantFrom(-1, 9e15, Number.MIN_SAFE_INTEGER));
const orNull = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { freq: 4 });
const row: fc.Arbitrary<Cell[]> = fc
  .tuple(
    ...[fc.integer({ min: 1, max: 9 }), whole, text, text, orNull(text), orNull(text), orNull(text)],
    ...[orNull(text), orNull(text), orNull(whole), orNull(text)],
  )
  .map((cells) => [...cells] as Cell[]);
const reader = { name: 'alice', follows: { matchedAmong: () => [] } } as unknown as User;
const encoders = [
  chat11Encoder,
  verbsEncoder,
  ...(['ascii', 'utf-8'] as const).flatMap((charset) => {
    const { withFiles, linesOnly } = chat10Encoders(charset);
    return [withFiles, linesOnly];
  }),
];

test('whatever the disk has made of a row, its decoder and all encoders go on', () => {
  let damaged = 0;
  fc.assert(
    fc.property(row, (cells) => {
      const entry = entryOf(cells);
      if (entry.message.kind === 'damaged') damaged++;
      assert.equal(entry.position, cells[0]);
      assert.deepEqual(entriesOf(cellsOf([entry])), [entry], 'also between threads');
      for (const encoder of encoders) {
        const encode = encodeSafely(encoder, entry, () => {});
        assert.equal(encode(encoder.variant(reader, entry)).position, entry.position);
      }
    }),
    { numRuns: 2_000 },
  );
  assert.ok(damaged > 100 && damaged < 2_000, `${damaged} rows were damaged`);
});
