import { foldWord, isTooLongToFold } from './folding.ts';
import { wireLimits } from './limits.ts';
import { hasControlCharacter, isLongerThan } from './text.ts';
import { everything } from './words.ts';

/**
 * Terms: what users follow. A term is one word, `@name`, `*`, or a phrase: several words in double quotes. Its **key** is
 * the form in which it is compared: `"Apple  Pie"` has the key `"apple pie"`. A key is a term with the same key.
 */

const all = '@all';
const whiteSpace = /\s+/u;

/** Whether `term`, or a key, is a phrase. */
export function isPhrase(term: string): boolean {
  return term.startsWith('"') && term.endsWith('"') && whiteSpace.test(term.slice(1, -1).trim());
}

/** Returns the words of a phrase: as they are written, or folded if it is a key. */
export function wordsOfPhrase(phrase: string): string[] {
  return phrase.slice(1, -1).trim().split(whiteSpace);
}

/** Returns the key that a follower of `term` holds. */
export function keyOfTerm(term: string): string {
  if (isPhrase(term)) return `"${wordsOfPhrase(term).map(keyOfWord).join(' ')}"`;
  return term === everything ? everything : keyOfWord(term);
}

function keyOfWord(word: string): string {
  const key = foldWord(word);
  return key.length === all.length && key.toLowerCase() === all ? all : key;
}

/** Returns why `term` cannot be followed, in words for its user; undefined when it can. */
export function termProblem(term: string): string | undefined {
  if (term === '') return 'The term is empty';
  // The written length first: each later check takes time for the whole term.
  if (isTooLongToFold(term)) return tooLong;
  if (hasControlCharacter(term)) return 'A term may not hold control characters';
  if (term.includes(',')) return 'A term may not hold a comma; follow one term at a time';
  if (term.startsWith('"')) return phraseProblem(term);
  if (whiteSpace.test(term)) return 'A term is one word, or several in double quotes: "apple pie"';
  const folded = foldWord(term);
  // So no word has the key of a phrase.
  if (folded.startsWith('"')) return 'A term may not begin with a quotation mark';
  // The folded length, because folded words are compared: a longer term could never match.
  return isLongerThan(folded, wireLimits.termCharacters) ? tooLong : undefined;
}

const tooLong = `A term has at most ${wireLimits.termCharacters} characters`;

function phraseProblem(term: string): string | undefined {
  const inner = term.length > 1 && term.endsWith('"') ? term.slice(1, -1) : '"';
  if (inner.includes('"')) return 'A phrase has a quotation mark at its start and at its end, and no other';
  // Line separators would end a line for some clients.
  if (/[^\S ]/u.test(term)) return 'A phrase has spaces between its words';
  const words = wordsOfPhrase(term);
  if (words.length < 2) return 'A phrase has at least two words; a single word needs no quotation marks';
  if (words.length > wireLimits.phraseWords) return `A phrase has at most ${wireLimits.phraseWords} words`;
  for (const word of words) {
    if (word === everything) return 'A phrase may not hold the word *';
    // Some symbols fold to a space and a mark, or to a comma; the key would then be no term.
    if (/[",\s]/u.test(foldWord(word))) return `A phrase may not hold the word ${word}`;
  }
  return isLongerThan(keyOfTerm(term), wireLimits.termCharacters) ? tooLong : undefined;
}
