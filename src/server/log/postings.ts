import type { Entry } from './entry.ts';
import { keysOf } from './keys.ts';

/** For each key the positions of the entries that carry it, growing. `*` is not among the keys. */
export type Postings = Map<string, number[]>;

/** Adds a later entry than those that are in; gives how many keys it carries. */
export function addPostings(postings: Postings, { position, sender, message }: Entry): number {
  const keys = keysOf(sender, message);
  for (const key of keys) {
    const positions = postings.get(key);
    if (positions === undefined) postings.set(key, [position]);
    else positions.push(position);
  }
  return keys.size;
}
