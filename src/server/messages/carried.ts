import { phrasesIn } from '../../protocol/phrases.ts';
import { isPhrase, wordsOfPhrase } from '../../protocol/terms.ts';
import { everything } from '../../protocol/words.ts';
import type { Entry } from './entry.ts';
import { allKeysIn, carriesEverything, commonOf, type KeySpan } from './keys.ts';

/**
 * Which keys an entry carries: those of `allKeysIn`, and phrases. A text has too many runs of words to list them, so one asks
 * for phrases that somebody holds.
 */

/** Returns those of `wanted` that the entry carries. */
export function carriedOf(entry: Entry, wanted: readonly string[]): Set<string> {
  const keys = allKeysIn(entry);
  return new Set([...commonOf(keys, wanted), ...phrasesOf(entry, wanted.filter(isPhrase), keys)]);
}

/**
 * Returns those of `phrases`, which are keys, that the text of the entry carries. `keys`: all its keys but these. Files
 * carry the phrases that they were sent to: these are among their keys.
 */
export function phrasesOf(
  { message }: Entry,
  phrases: readonly string[],
  keys: readonly string[],
): readonly string[] {
  if (phrases.length === 0 || (message.kind !== 'text' && message.kind !== 'broadcast')) return [];
  const known = new Set(keys);
  const possible = phrases.filter((phrase) => wordsOfPhrase(phrase).every((word) => known.has(word)));
  return phrasesIn(message.text, possible);
}

/** Whether a user with these spans received the entry or sent it. */
export function isCovered(entry: Entry, spans: readonly KeySpan[]): boolean {
  const { position } = entry;
  const held = spans
    .filter(({ after, through }) => position > after && position <= through)
    .map(({ key }) => key);
  // Without a look at the words of its text.
  if (held.includes(everything) && carriesEverything(entry.message)) return true;
  return carriedOf(entry, held).size > 0;
}
