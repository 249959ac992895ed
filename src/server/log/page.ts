import { type Entry, memoryBytes } from '../messages/entry.ts';
import type { Page, Query } from './log.ts';

/** Entries that one page reads in vain, and bytes of their texts: a page takes some 50 ms at most. */
const mostInVain = { entries: 1_024, bytes: 1024 * 1024 };

/**
 * Takes from `candidates` as much as the query allows, and one entry more to learn whether it leaves any out.
 * `candidates` are in the order of `query.pick`, with nothing after `head`; those that match are `wanted`.
 */
export function cutPage(
  candidates: Iterable<Entry>,
  query: Query,
  head: number,
  isWanted: (entry: Entry) => boolean = () => true,
): Page {
  const isOldest = query.pick === 'oldest';
  const entries: Entry[] = [];
  const inVain = { entries: 0, bytes: 0 };
  let { after } = query;
  let through = head;
  let bytes = 0;
  for (const entry of candidates) {
    const { position, message } = entry;
    if (!isWanted(entry)) {
      inVain.bytes += memoryBytes(message);
      if (++inVain.entries < mostInVain.entries && inVain.bytes < mostInVain.bytes) continue;
      if (isOldest) through = position;
      else after = position - 1;
      break;
    }
    if (entries.length >= query.limit || bytes >= query.maxBytes) {
      if (isOldest) through = position - 1;
      else after = position;
      break;
    }
    entries.push(entry);
    bytes += memoryBytes(message);
  }
  return { entries: isOldest ? entries : entries.reverse(), after, through };
}
