import type { Entry, Message } from '../messages/entry.ts';
import type { Page, Query } from './log.ts';

/** What a message's texts come to in memory: bytes, two for each UTF-16 unit. Terms and file names are texts. */
export function textBytes(message: Message): number {
  if (message.kind !== 'attachment') return 2 * message.text.length;
  let units = message.file.name.length;
  for (const term of message.terms) units += term.length;
  return 2 * units;
}

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
