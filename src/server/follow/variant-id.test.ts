import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../messages/entry.ts';
import { FollowIndex } from './follow-index.ts';
import { Follows } from './follows.ts';
import { matchedKeys } from './match.ts';

const most = { maxTerms: 100, maxPhrases: 10 };
/** Some are typed in another way than their key. */
const term = fc.constantFrom('apple', 'APPLE', 'pear', 'fig', '*');
const change = fc.record({ who: fc.nat(4), term });
const names = ['alice', 'bob', 'carol', 'dave', 'eve'];

/** Whoever holds the term drops it, and whoever does not follows it. */
function toggle(follows: Follows<number> | undefined, what: string): void {
  if (follows?.follow(what) === 'already') follows.unfollow(what);
}

test('users with the same number see the same terms, also when follows change while a message is handed out', () => {
  let shared = 0;
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 25 }),
      fc.array(change, { maxLength: 10 }),
      fc.integer({ min: 0, max: 25 }),
      (before, during, saidAt) => {
        const hub = { position: 0 };
        const index = new FollowIndex<number>();
        const all = names.map((name, follower) => new Follows({ index, follower, name, hub, ...most }));
        for (const follows of all) follows.begin(['apple', 'pear']);
        for (const [at, { who, term }] of before.entries()) {
          // Other messages come in between, so that follows that end leave spans.
          if (at >= saidAt) hub.position++;
          toggle(all[who], term);
        }
        const position = ++hub.position;
        const message = { kind: 'text', text: 'fig pear apple' } as const;
        const entry: Entry = { position, timeMs: 0, sender: 'frank', message };
        const keys = matchedKeys(entry, index);
        const { followers, masks } = index.holders(keys);
        for (const { who, term } of during) toggle(all[who], term);
        const seen = new Map<number, string>();
        for (const [at, follower] of followers.entries()) {
          const mask = masks[at] ?? 0;
          const held = new Set(keys.filter((_, bit) => (mask & (1 << bit)) !== 0));
          const id = all[follower]?.variantId(keys, mask, position) ?? 0;
          if (id === 0) continue;
          const terms = String(all[follower]?.matched(held, position));
          if (seen.has(id)) shared++;
          assert.equal(terms, seen.get(id) ?? terms);
          seen.set(id, terms);
        }
      },
    ),
    { numRuns: 500 },
  );
  assert.ok(shared > 100, `${shared} users had the number of another one`);
});
