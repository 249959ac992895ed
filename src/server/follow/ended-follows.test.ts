import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FollowIndex } from './follow-index.ts';
import { Follows, type FollowsOptions } from './follows.ts';

type Options = FollowsOptions<string>;

function followsOf(hub: Options['hub'], since?: Options['since']): Follows<string> {
  const options = { index: new FollowIndex<string>(), follower: 'alice', name: 'alice', hub };
  return new Follows({ ...options, maxTerms: 200, maxPhrases: 3, ...(since && { since }) });
}

test('follows that ended are kept up to a bound, the newest of them, and none that held for no message', () => {
  const hub = { position: 0 };
  const alice = followsOf(hub);
  for (let at = 0; at < 5_000; at++) {
    alice.follow(`before${at}`);
    alice.unfollow(`before${at}`);
  }
  assert.equal(alice.history().length, 0);
  for (let at = 1; at <= 5_000; at++) {
    alice.follow(`word${at}`);
    hub.position++;
    alice.unfollow(`word${at}`);
  }
  const kept = alice.history();
  assert.ok(kept.length >= 2_048 && kept.length <= 4_096, `${kept.length} are kept`);
  assert.equal(kept.at(-1)?.key, 'word5000');
  assert.deepEqual(alice.matched(new Set(['word5000']), 5_000), ['word5000']);
});

test('after a restart a follow that ended still counts, when one that began later had ended before', () => {
  const hub = { position: 0 };
  hub.position = 20;
  const spans = [
    { key: 'apple', term: 'Apple', after: 1, through: 10 },
    { key: 'pear', term: 'pear', after: 2, through: 5 },
  ];
  const alice = followsOf(hub, { after: 0, spans });
  assert.deepEqual(alice.matched(new Set(['apple', 'pear']), 8), ['Apple']);
});
