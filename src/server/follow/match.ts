import type { Entry } from '../log/entry.ts';
import { allKeysIn } from '../log/keys.ts';
import type { FollowIndex } from './follow-index.ts';

/**
 * The keys of `entry` that somebody but its sender holds. Entries with the same ones go to the same people, their
 * senders apart.
 */
export function matchedKeys<Follower>(
  entry: Entry,
  index: FollowIndex<Follower>,
  sender?: Follower,
): string[] {
  const matched: string[] = [];
  for (const key of allKeysIn(entry)) {
    if (index.isFollowed(key, sender)) matched.push(key);
  }
  // Of most messages it is one, and of a long one so many that they cannot be compared with each other.
  return matched.length < 2 ? matched : [...new Set(matched)];
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
