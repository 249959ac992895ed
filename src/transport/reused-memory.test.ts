import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReusedMemory } from './reused-memory.ts';

test('memory of writes that were taken is used again, and that of others does not change', () => {
  const memory = new ReusedMemory(10);
  const taken = memory.room(4).fill(1);
  const first = memory.room(4).fill(2);
  assert.deepEqual([first.buffer, first.byteOffset], [taken.buffer, taken.byteOffset]);
  memory.keep(first);
  const second = memory.room(4).fill(3);
  memory.keep(second);
  // Neither gives back what is kept.
  memory.keep(Buffer.alloc(1));
  memory.keep(new Uint8Array(100));
  const third = memory.room(2).fill(4);
  memory.keep(third);
  const elsewhere = memory.room(1).fill(5);
  assert.notEqual(elsewhere.buffer, third.buffer, 'all of it is kept');
  assert.deepEqual([...elsewhere], [5]);
  assert.deepEqual([...first, ...second, ...third], [2, 2, 2, 2, 3, 3, 3, 3, 4, 4]);
  // What belongs to memory that is used no more says nothing of the newer one.
  memory.keep(third);
  assert.equal(memory.room(10).byteOffset, elsewhere.byteOffset);
});
