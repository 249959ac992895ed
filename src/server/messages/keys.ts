import { foldWord } from '../../protocol/folding.ts';
import { isPhrase, keyOfTerm } from '../../protocol/terms.ts';
import { everything, wordsIn } from '../../protocol/words.ts';
import { type Entry, type Message, recipientOf } from './entry.ts';

/**
 * Keys (routing keys): a message carries some, a user holds some, and the message is delivered if they have one in common.
 * Live delivery, catching up and history all apply this rule.
 *
 * A key is a folded word, `@name`, `*`, a phrase (`carried.ts`), or one of the two private keys. Private keys contain a
 * TAB, which is white space and so in no word: nobody can follow them.
 */
/** Everybody holds it. A broadcast carries it, and so does a text that contains the word. */
export const all = '@all';
export const nameKey = (name: string): string => `@${name}`;
/** The key of private messages to `name`. Only `name` holds it. */
export const privateTo = (name: string): string => `to\t${name}`;
/** The key of private messages by `name`. Only `name` holds it. */
export const privateFrom = (name: string): string => `from\t${name}`;

/** A key and the positions for which a user held it: `after` < position <= `through`. */
export interface KeySpan {
  readonly key: string;
  readonly after: number;
  /** `Infinity` while the user still holds it. */
  readonly through: number;
}

/** Returns the keys of a message, without phrases of its text and without `*`: see `carriesEverything`. A pure function. */
export function keysOf(sender: string, message: Message): Set<string> {
  return new Set(keysIn(sender, message));
}

/** As `keysOf`, but possibly with duplicates: faster than making a set. */
export function keysIn(sender: string, message: Message): string[] {
  const to = recipientOf(message);
  if (to !== undefined) return [privateTo(to), privateFrom(sender)];
  const keys = message.kind === 'attachment' ? message.terms.map(keyOfFileTerm) : wordsIn(message.text);
  if (message.kind === 'broadcast') keys.push(all);
  if (message.kind === 'text' && message.meant !== undefined) keys.push(...message.meant.map(nameKey));
  keys.push(nameKey(sender));
  return keys;
}

/** Entries that are stored already carry `@ALL` as it is. */
function keyOfFileTerm(term: string): string {
  return isPhrase(term) ? keyOfTerm(term) : foldWord(term);
}

/** Whether the message also carries `*`. Nearly all do, so the lists of keys omit it. */
export function carriesEverything(message: Message): boolean {
  return recipientOf(message) === undefined;
}

/** As `keysIn`, with `*`. */
export function allKeysIn({ sender, message }: Entry): string[] {
  const keys = keysIn(sender, message);
  if (carriesEverything(message)) keys.push(everything);
  return keys;
}

/** Intersects two lists. A long text has thousands of keys, so the set is made of the shorter list. */
export function commonOf(some: readonly string[], others: readonly string[]): Set<string> {
  const [fewer, more] = some.length < others.length ? [some, others] : [others, some];
  const known = new Set(fewer);
  return new Set(more.filter((key) => known.has(key)));
}
