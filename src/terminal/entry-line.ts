import type { ChatAttachment, ChatMessage } from '../client/client.ts';
import { matchesIn } from '../protocol/matches.ts';
import { textSpans } from './chat-text.ts';
import type { Line, Span } from './line.ts';
import { humanSize } from './sizes.ts';
import { visible } from './text.ts';

export type Entry = ChatMessage | ChatAttachment;

export interface EntryLineOptions {
  /** The user who reads it. */
  readonly reader: string;
  /** The number with which `!fetch` saves the file. */
  readonly offer?: number | undefined;
  /** The terms to mark in the text, instead of those that matched. */
  readonly marked?: readonly string[] | undefined;
}

/**
 * Formats an entry for a terminal, without its time:
 *
 *     @bob: an apple pie                          a text
 *     @bob → you: see you                         to the reader alone
 *     @alice → @bob: see you                      the reader's own, from another device
 *     @bob → everybody: lunch                     a broadcast
 *     @bob offers menu.txt (18 bytes)             a file
 *
 * No text, and no name of a user or a file, makes one of these look like another: a text begins after the first colon,
 * before which there are only names and the program's words; names of users have no white space and always an `@`; names
 * of files that have more than letters, digits and a few marks are in quotes.
 */
export function entryLine(entry: Entry, options: EntryLineOptions): Line {
  const name: Span = { text: `@${entry.from}`, style: 'name' };
  const recipient = recipientOf(entry, options.reader);
  const head: Line =
    recipient === undefined ? [name] : [name, { text: ` → ${recipient}`, style: 'recipient' }];
  if (entry.kind === 'message') {
    return [...head, { text: ': ' }, ...textSpans(entry.text, options.marked ?? entry.matched)];
  }
  const saves = options.offer === undefined ? '' : `; !fetch ${options.offer} saves it`;
  const size = ` (${humanSize(entry.bytes)})${saves}`;
  return [
    ...head,
    { text: ' offers ', style: 'quiet' },
    { text: shownFileName(entry.name) },
    { text: size, style: 'quiet' },
  ];
}

/** Formats a text that the user typed here, without its time. */
export function ownLine(text: string): Line {
  return [{ text: '> ', style: 'quiet' }, { text }];
}

/** Returns to whom an entry went when that was not the followers of its words. */
function recipientOf(entry: Entry, reader: string): string | undefined {
  if (entry.to !== undefined) return entry.to === reader ? 'you' : `@${entry.to}`;
  return isBroadcast(entry) ? 'everybody' : undefined;
}

/**
 * Whether the sender chose to reach everybody: `@all` brought the entry, but is not in its text. A broadcast whose text
 * has `@all` cannot be told from a text that has it, and reaches the same users; of the reader's own entries nobody says
 * what brought them.
 */
function isBroadcast(entry: Entry): boolean {
  if (!entry.matched.includes('@all')) return false;
  return entry.kind === 'attachment' || matchesIn(entry.text, ['@all']).length === 0;
}

/**
 * Returns a file's name for a sentence of ours: in quotes if it has more than letters, digits and a few marks, or if the
 * screen escapes a part of it, so that no part of it looks like ours.
 */
export function shownFileName(name: string): string {
  const isPlain = /^(?!@)[\p{L}\p{M}\p{N}_.,+~=@%…-]+$/u.test(name) && visible(name) === name;
  return isPlain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}
