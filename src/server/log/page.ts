import { type Entry, textBytes } from '../messages/entry.ts';
import type { Page, Query } from './log.ts';

/**
 * Takes as much of `matching` as the query allows. `matching` comes lazily, in the order of picking, and with
 * nothing after `head`; one entry more than is returned is taken from it, to know whether anything was left out.
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
    bytes += textBytes(entry.message);
  }
  return { entries: query.pick === 'newest' ? entries.reverse() : entries, through };
}
