import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeOnce } from './encode-once.ts';

test('a value is encoded once, and again after another one', () => {
  let times = 0;
  const encode = encodeOnce((names: readonly string[]) => {
    times++;
    return Buffer.from(names.join());
  });
  const [few, more] = [['ann'], ['ann', 'bob']];
  for (let i = 0; i < 3; i++) assert.equal(Buffer.from(encode(few)).toString(), 'ann');
  assert.equal(times, 1);
  assert.equal(Buffer.from(encode(more)).toString(), 'ann,bob');
  assert.equal(Buffer.from(encode(few)).toString(), 'ann');
  assert.equal(times, 3);
});
