import { phrasesOf } from '../messages/carried.ts';
import type { Entry } from '../messages/entry.ts';
import { allKeysIn } from '../messages/keys.ts';
import type { FollowIndex, Holder } from './follow-index.ts';

/**
 * Returns the keys of `entry` that anybody other than its sender holds. Entries with the same matched keys have the same
 * recipients, apart from their senders. Pass the entry's `keys` if they are known already.
 * The cost of phrases depends on those whose words it carries.
 */
export function matchedKeys<Follower>(
  entry: Entry,
  index: FollowIndex<Follower>,
  sender?: Holder<Follower>,
  keys: readonly string[] = allKeysIn(entry),
): string[] {
  const isFollowed = (key: string): boolean => index.isFollowed(key, sender);
  const words = keys.filter(isFollowed);
  const phrases = phrasesOf(entry, index.phrasesAmong(keys), keys).filter(isFollowed);
  return distinct(phrases.length === 0 ? words : [...words, ...phrases]);
}

/** Removes duplicates. Comparing pairs is faster for few keys; a long message has thousands. */
function distinct(keys: string[]): string[] {
  const isDistinct = keys.length < 10 && keys.every((key, at) => keys.indexOf(key) === at);
  return isDistinct ? keys : [...new Set(keys)];
}
