import type { Entry } from '../messages/entry.ts';
import { keysIn } from '../messages/keys.ts';

/** For each key the positions of the entries that carry it, growing. `*` is not among the keys. */
export type Postings = Map<string, number[]>;

/** Adds a later entry than those that are in; gives how many keys it carries. */
export function addPostings(postings: Postings, { position, sender, message }: Entry): number {
  let count = 0;
  for (const key of keysIn(sender, message)) {
    const positions = postings.get(key);
    // It may be there already: a key may come more than once.
    if (positions?.at(-1) === position) continue;
    if (positions === undefined) postings.set(key, [position]);
    else positions.push(position);
    count++;
  }
  return count;
}
