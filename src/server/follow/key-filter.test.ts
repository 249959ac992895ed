import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { KeyFilter } from './key-filter.ts';

it('may hold every key that was added and not removed', () => {
  const key = fc.string({ maxLength: 3 });
  const change = fc.record({ key, isAdded: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const filter = new KeyFilter();
      const held = new Set<string>();
      for (const { key: changed, isAdded } of changes) {
        if (isAdded && !held.has(changed)) {
          filter.add(changed);
          held.add(changed);
        } else if (!isAdded && held.delete(changed)) filter.remove(changed);
        for (const one of held) assert.ok(filter.mayHold(one));
      }
      for (const one of held) filter.remove(one);
      for (const { key: changed } of changes) assert.ok(!filter.mayHold(changed), 'all are removed');
    }),
  );
});

it('still holds keys that share a slot, however many do', () => {
  const filter = new KeyFilter();
  for (let count = 0; count < 300; count++) {
    filter.add('apple');
    assert.ok(filter.mayHold('apple'), `${count + 1} keys`);
  }
  for (let count = 0; count < 299; count++) filter.remove('apple');
  assert.ok(filter.mayHold('apple'));
});

it('tells of most keys that they are not held, also when it holds many', () => {
  const filter = new KeyFilter();
  const held = Array.from({ length: 20_000 }, (_, at) => `w${at.toString(36)}`);
  for (const key of held) filter.add(key);
  const others = Array.from({ length: 10_000 }, (_, at) => `other${at}`);
  const kept = others.filter((key) => filter.mayHold(key));
  assert.ok(kept.length < others.length / 2, `${kept.length} of ${others.length}`);
  assert.ok(held.every((key) => filter.mayHold(key)));
});
