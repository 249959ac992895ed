import { everything, foldWord, wordsIn } from '../../protocol/words.ts';
import { type Entry, type Message, recipientOf } from './entry.ts';

/**
 * Keys: a message carries some, a follower holds some, and it is delivered when the two sets meet. Live
 * delivery, catching up, history and search all ask this one question.
 *
 * A key is a folded word, `@name`, `*`, or one of the two private keys. Those hold a TAB, which no word can
 * (it is white space), so nobody can follow them.
 */
export const all = '@all';
export const nameKey = (name: string): string => `@${name}`;
/** Held by `name` alone: what others wrote to them in private. */
export const privateTo = (name: string): string => `to\t${name}`;
/** Held by `name` alone: what they wrote to others in private. */
export const privateFrom = (name: string): string => `from\t${name}`;

/** A key and the positions for which its holder held it: `after` < position <= `through`. */
export interface KeySpan {
  readonly key: string;
  readonly after: number;
  /** `Infinity` while it is held. */
  readonly through: number;
}

/** The keys of a message, without `*`: see `carriesEverything`. Depends on nothing but its arguments. */
export function keysOf(sender: string, message: Message): Set<string> {
  return new Set(keysIn(sender, message));
}

/** As `keysOf`, but a key may come more than once: it is quicker to make than a set. */
export function keysIn(sender: string, message: Message): string[] {
  const to = recipientOf(message);
  if (to !== undefined) return [privateTo(to), privateFrom(sender)];
  const keys = message.kind === 'attachment' ? message.terms.map(foldWord) : wordsIn(message.text);
  if (message.kind === 'broadcast') keys.push(all);
  keys.push(nameKey(sender));
  return keys;
}

/** Whether the message also carries `*`, which is not listed with the others: nearly all messages do. */
export function carriesEverything(message: Message): boolean {
  return recipientOf(message) === undefined;
}

/** As `keysIn`, with `*`. */
export function allKeysIn({ sender, message }: Entry): string[] {
  const keys = keysIn(sender, message);
  if (carriesEverything(message)) keys.push(everything);
  return keys;
}

/** Whether whoever held the keys of `spans` got the entry, or said it. */
export function isCovered({ position, sender, message }: Entry, spans: readonly KeySpan[]): boolean {
  const held = spans
    .filter(({ after, through }) => position > after && position <= through)
    .map(({ key }) => key);
  if (carriesEverything(message) && held.includes(everything)) return true;
  return commonOf(keysIn(sender, message), held).size > 0;
}

/** What two lists have in common. A long text has thousands of keys, so the shorter list is the one that becomes a set. */
export function commonOf(some: readonly string[], others: readonly string[]): Set<string> {
  const [fewer, more] = some.length < others.length ? [some, others] : [others, some];
  const known = new Set(fewer);
  return new Set(more.filter((key) => known.has(key)));
}

/** The key that following `term` holds. */
export function keyOfTerm(term: string): string {
  return term === everything ? everything : foldWord(term);
}
