import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { audienceOf } from './audience.ts';
import { FollowIndex, Holder } from './follow-index.ts';

/** An index in which each of some people, by their names, holds some keys; the sender is the first. */
function held(people: Readonly<Record<string, readonly string[]>>) {
  const index = new FollowIndex<string>();
  const holders = new Map<string, Holder<string>>();
  for (const [name, keys] of Object.entries(people)) {
    const holder = new Holder(name);
    holders.set(name, holder);
    for (const key of keys) index.add(key, holder);
  }
  const [me = 'me'] = Object.keys(people);
  return (keys: readonly string[], away: readonly string[] = []) =>
    audienceOf(keys, keys.join(' '), index, holders.get(me), (name) => name !== me && !away.includes(name));
}

test('counts who holds a key that several hold, each once, without the sender and those away', () => {
  const ask = held({
    me: ['apple', 'pie'],
    a: ['apple', 'pie'],
    b: ['apple', 'pie'],
    c: ['apple'],
    d: ['pie'],
  });
  assert.deepEqual(ask(['apple', 'pie', 'x']), { people: 4, isFew: false, terms: ['apple', 'pie'] });
  assert.deepEqual(ask(['apple']), { people: 3, isFew: false, terms: ['apple'] });
  assert.deepEqual(ask(['apple'], ['c']), { people: 0, isFew: true, terms: [] });
});

test('of a key that few hold it is told only that there is somebody', () => {
  const ask = held({ me: [], a: ['divorce'], b: ['divorce', 'apple'], c: ['apple'], d: ['apple'] });
  assert.deepEqual(ask(['divorce']), { people: 0, isFew: true, terms: [] });
  assert.deepEqual(ask(['apple']), ask(['apple', 'divorce']), 'no difference tells how many');
});

test('where nobody hears it, words that several follow are named, and no person', () => {
  const all = ['tea', '@zoe'];
  const ask = held({ me: [], a: all, b: all, c: all });
  assert.deepEqual(ask(['coffee']), { people: 0, isFew: false, terms: ['tea'] });
});

test('a word that only two others follow is not named to somebody who follows it too', () => {
  const both = ['tea', 'milk'];
  const ask = held({ me: ['tea'], a: both, b: both, c: ['milk'] });
  assert.deepEqual(ask(['coffee']), { people: 0, isFew: false, terms: ['milk'] });
});

test('popular keys are those that at least three hold, whatever came and went', () => {
  const step = fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.integer({ min: 0, max: 5 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const index = new FollowIndex<number>();
      const people = Array.from({ length: 6 }, (_, id) => new Holder(id));
      const holders = new Map<string, Set<number>>([...'xyz'].map((key) => [key, new Set()]));
      for (const [key, id] of steps) {
        const known = holders.get(key) ?? new Set();
        const holder = people[id];
        assert.ok(holder);
        if (known.delete(id)) index.remove(key, holder);
        else {
          known.add(id);
          index.add(key, holder);
        }
      }
      const expected = [...holders].filter(([, known]) => known.size >= 3).map(([key]) => key);
      assert.deepEqual(index.popular().toSorted(), expected);
      for (const [key, known] of holders)
        assert.equal(index.countFollowers(key, people[0]), known.size - (known.has(0) ? 1 : 0));
    }),
  );
});
