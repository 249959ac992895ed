import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyHash } from '../messages/key-hash.ts';
import { KeyNumbers } from './key-numbers.ts';

/** Keys that all have the same place in the table. */
function colliding(count: number): string[] {
  const found: string[] = [];
  for (let n = 0; found.length < count; n++) {
    const key = `k${n.toString(36)}`;
    if ((keyHash(key) & 0xffff) === 7) found.push(key);
  }
  return found;
}

test('every key has one number, also of keys that were chosen to collide', () => {
  const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom(...colliding(60)));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300, size: 'max' }), (keys) => {
      const numbers = new KeyNumbers();
      const model = new Map<string, number>();
      for (const one of keys) {
        assert.equal(numbers.find(one), model.get(one));
        if (!model.has(one)) model.set(one, model.size);
        assert.equal(numbers.numberOf(one), model.get(one));
        assert.equal(numbers.size, model.size);
      }
      for (const [one, number] of model) assert.equal(numbers.keyOf(number), one);
    }),
  );
});
