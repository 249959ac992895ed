import type { Entry } from '../messages/entry.ts';
import { allKeysIn } from '../messages/keys.ts';
import type { FollowIndex } from './follow-index.ts';

/**
 * The keys of `entry` that somebody but its sender holds. Entries with the same ones go to the same people, their
 * senders apart. `keys`: all of the entry's, where they were looked for before.
 */
export function matchedKeys<Follower>(
  entry: Entry,
  index: FollowIndex<Follower>,
  sender?: Follower,
  keys: readonly string[] = allKeysIn(entry),
): string[] {
  const matched: string[] = [];
  for (const key of keys) {
    if (index.isFollowed(key, sender)) matched.push(key);
  }
  return distinct(matched);
}

/** Few are quicker compared with each other; of a long message there are thousands. */
function distinct(keys: string[]): string[] {
  const isDistinct = keys.length < 10 && keys.every((key, at) => keys.indexOf(key) === at);
  return isDistinct ? keys : [...new Set(keys)];
}

/** Everybody who holds one of `keys`, each once however many they hold. */
export function holdersOf<Follower>(
  keys: readonly string[],
  index: FollowIndex<Follower>,
): Iterable<Follower> {
  const [only] = keys;
  if (only !== undefined && keys.length === 1) return index.followersOf(only);
  const holders = new Set<Follower>();
  for (const key of keys) for (const follower of index.followersOf(key)) holders.add(follower);
  return holders;
}
