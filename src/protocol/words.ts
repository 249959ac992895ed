import { wireLimits } from './limits.ts';
import { hasControlCharacter, isLongerThan } from './text.ts';

/**
 * Words: what of a text can be followed (asn3: "trailing punctuation still results in a match, but otherwise
 * subwords do not count").
 *
 * A text is split at white space. A word yields itself and itself with trailing punctuation taken off one
 * character at a time (`apple?!`: `apple?!`, `apple?`, `apple`; so `c++` can be followed), and the same
 * without its leading opening punctuation and quotes (`("apple")`: `apple`). All are compared folded.
 */

const whiteSpace = /\s+/u;
const leadingOpening = /^[\p{Ps}\p{Pi}\p{Pf}"'`¿¡]+/u;
/** Also the joiner and the variation selector, which only ever follow a symbol that is taken off too. */
const punctuation = /\p{P}|\p{S}|\u200d|\ufe0f/u;
const ascii = /^[\u0000-\u007f]*$/;

/** The term that matches every message that is not private. */
export const everything = '*';

/**
 * The form in which words are compared: NFKC and case folding, except that a word that begins with `@` keeps
 * its case, because names are case-sensitive. Folding a folded word changes nothing.
 */
export function foldWord(word: string): string {
  if (ascii.test(word)) return word.startsWith('@') ? word : word.toLowerCase();
  const composed = word.normalize('NFKC');
  if (composed.startsWith('@')) return composed;
  // Upper case first, so that characters with one upper form meet (ß and ss, ς and σ, ſ and s).
  return composed.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}

/** The distinct folded words of `text`; none is longer than a term may be, as no term could match it. */
export function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const written of text.split(whiteSpace)) {
    if (written === '') continue;
    addWithoutTrailing(foldWord(written), words);
    // Taken off before folding: behind it may stand an `@`, and that decides whether case counts.
    const opened = written.replace(leadingOpening, '');
    if (opened !== written) addWithoutTrailing(foldWord(opened), words);
  }
  return words;
}

function addWithoutTrailing(word: string, words: Set<string>): void {
  let rest = word;
  while (rest !== '') {
    if (!isLongerThan(rest, wireLimits.termCharacters)) words.add(rest);
    const last = lastCharacter(rest);
    if (!punctuation.test(last)) return;
    rest = rest.slice(0, -last.length);
  }
}

function lastCharacter(word: string): string {
  const code = word.codePointAt(word.length - 2);
  return code !== undefined && code > 0xffff ? word.slice(-2) : word.slice(-1);
}

/** Why `term` cannot be followed, in words for its user; undefined when it can. */
export function termProblem(term: string): string | undefined {
  if (term === '') return 'The term is empty';
  if (hasControlCharacter(term)) return 'A term may not hold control characters';
  if (/\s/u.test(term)) return 'A term is one word';
  if (isLongerThan(term, wireLimits.termCharacters)) {
    return `A term has at most ${wireLimits.termCharacters} characters`;
  }
  if (term.includes(',')) return 'A term may not hold a comma; follow one term at a time';
  if (term.startsWith('"')) return 'A term may not begin with a quotation mark';
  return undefined;
}
