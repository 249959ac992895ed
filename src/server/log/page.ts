import { type Entry, memoryBytes } from '../messages/entry.ts';
import type { Page, Query } from './log.ts';

/**
 * Takes from `matching` as much as the query allows, and one entry more to learn whether it leaves any out. `matching` is in
 * the order of `query.pick`, with nothing after `head`.
 */
export function cutPage(matching: Iterable<Entry>, query: Query, head: number): Page {
  const entries: Entry[] = [];
  let bytes = 0;
  let through = head;
  for (const entry of matching) {
    if (entries.length >= query.limit || bytes >= query.maxBytes) {
      if (query.pick === 'oldest') through = entry.position - 1;
      break;
    }
    entries.push(entry);
    bytes += memoryBytes(entry.message);
  }
  return { entries: query.pick === 'newest' ? entries.reverse() : entries, through };
}
