import { everything } from '../../protocol/words.ts';
import type { Entry } from '../log/entry.ts';
import { carriesEverything, keysOf } from '../log/keys.ts';
import type { FollowIndex } from './follow-index.ts';

/** Everybody who holds a key of `entry`, each once however many keys meet. The sender may be among them. */
export function match<Follower>(entry: Entry, index: FollowIndex<Follower>): ReadonlySet<Follower> {
  const matched: ReadonlySet<Follower>[] = [];
  for (const key of keysOf(entry.sender, entry.message)) {
    const followers = index.followersOf(key);
    if (followers !== undefined) matched.push(followers);
  }
  const unconditional = carriesEverything(entry.message) ? index.followersOf(everything) : undefined;
  if (unconditional !== undefined) matched.push(unconditional);
  const [only] = matched;
  if (matched.length === 1 && only !== undefined) return only;
  const recipients = new Set<Follower>();
  for (const followers of matched) for (const follower of followers) recipients.add(follower);
  return recipients;
}
