import { wireLimits } from './limits.ts';
import { isLongerThan } from './text.ts';

const ascii = /^[\u0000-\u007f]*$/;

/**
 * The form in which words are compared: NFKC and case folding, except that a word that begins with `@` keeps
 * its case, because names are case-sensitive. Folding a folded word changes nothing.
 */
export function foldWord(word: string): string {
  if (ascii.test(word)) return word.startsWith('@') ? word : word.toLowerCase();
  // Normalizing takes quadratic time for a run of combining marks, and a word this long is never compared.
  if (isTooLongToFold(word)) return word;
  const composed = word.normalize('NFKC');
  return composed.startsWith('@') ? composed : foldCase(composed);
}

/** Fewer words than this are faster to fold one by one. */
const fewWords = 16;

/**
 * As `foldWord` for each of `words`, which hold no white space. Folds them in one go where possible: the calls for
 * single words take most of the time for a text of short words.
 */
export function foldWords(words: readonly string[]): string[] {
  if (words.length < fewWords) return words.map(foldWord);
  const together = words.filter(isFoldedTogether);
  // No character composes with an LF, and the case of a character does not depend on what follows an LF.
  const composed = together.join('\n').normalize('NFKC');
  const inOneCase = foldCase(composed).split('\n');
  const asNames = composed.split('\n');
  let next = 0;
  return words.map((word) => {
    if (word !== together[next]) return foldWord(word);
    const asName = asNames[next] ?? '';
    const folded = inOneCase[next] ?? '';
    next++;
    return asName.startsWith('@') ? asName : folded;
  });
}

function isFoldedTogether(word: string): boolean {
  return !ascii.test(word) && !isTooLongToFold(word);
}

/** Whether `word` stays too long for a term however it is folded: composing makes at most four characters one. */
export function isTooLongToFold(word: string): boolean {
  return isLongerThan(word, 4 * wireLimits.termCharacters);
}

function foldCase(composed: string): string {
  // Lower case first for ẞ, which is its own upper form; then upper case, so that characters with the same upper
  // form become equal (ß and ss, ς and σ, ſ and s).
  const folded = composed.toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll('ς', 'σ').normalize('NFKC');
}
