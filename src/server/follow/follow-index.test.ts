import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FollowIndex, Holder } from './follow-index.ts';

const followers = ['alice', 'bob', 'carol', 'dave', 'eve'];
const keys = ['apple', 'pear', 'fig', 'kiwi'];

test('everybody is found once, with the keys that they hold, at each look-up', () => {
  const held = fc.tuple(...followers.map(() => fc.subarray(keys)));
  const asked = fc.array(fc.subarray(keys), { minLength: 10, maxLength: 30 });
  fc.assert(
    fc.property(held, asked, (lists, questions) => {
      const index = new FollowIndex<string>();
      for (const [at, follower] of followers.entries()) {
        const holder = new Holder(follower);
        for (const key of lists[at] ?? []) index.add(key, holder);
      }
      for (const question of questions) {
        const found = index.holders(question);
        const masks = new Map(found.followers.map((follower, at) => [follower, found.masks[at]]));
        assert.equal(masks.size, found.followers.length);
        for (const [at, follower] of followers.entries()) {
          const bits = question.map((key, bit) => (lists[at]?.includes(key) ? 1 << bit : 0));
          const mask = bits.reduce((sum, bit) => sum | bit, 0);
          assert.equal(masks.get(follower), mask === 0 ? undefined : mask);
        }
      }
    }),
  );
});

test('of very many popular keys a part is compared, so that asking for them takes a bounded time', () => {
  const index = new FollowIndex<string>();
  const holders = ['alice', 'bob', 'carol'].map((name) => new Holder(name));
  for (let key = 0; key < 5_000; key++) for (const holder of holders) index.add(`word${key}`, holder);
  const count = index.popular().length;
  assert.ok(count > 100 && count <= 2_000, `${count} keys`);
});

test('of more keys than a mask has bits no mask tells which are held', () => {
  const index = new FollowIndex<string>();
  const alice = new Holder('alice');
  const words = Array.from({ length: 31 }, (_, word) => `word${word}`);
  for (const word of words) index.add(word, alice);
  const most = words.slice(0, 30);
  assert.deepEqual(index.holders(most), { followers: ['alice'], masks: [2 ** 30 - 1] });
  assert.deepEqual(index.holders(words), { followers: ['alice'], masks: [0] });
});

test('a key that only the sender holds is followed by nobody else', () => {
  const index = new FollowIndex<string>();
  const alice = new Holder('alice');
  const bob = new Holder('bob');
  index.add('apple', alice);
  assert.deepEqual([index.isFollowed('apple', alice), index.isFollowed('apple', bob)], [false, true]);
  index.add('apple', bob);
  assert.equal(index.isFollowed('apple', alice), true);
});
