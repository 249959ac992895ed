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
const leadingOpening = /^[\p{Ps}\p{Pi}\p{Pf}"'`¿¡＂＇]+/u;
/** Also what makes an emoji of symbols and only follows them: joiner, selectors, keycap, tags. */
const punctuation = /\p{P}|\p{S}|\u200d|\ufe0e|\ufe0f|\u20e3|[\u{e0020}-\u{e007f}]/u;
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
  return composed.startsWith('@') ? composed : foldCase(composed);
}

function foldCase(composed: string): string {
  // Lower case first for ẞ, which is its own upper form; then upper case, so that characters with one upper
  // form meet (ß and ss, ς and σ, ſ and s).
  const folded = composed.toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll('ς', 'σ').normalize('NFKC');
}

/** The distinct folded words of `text`; none is longer than a term may be, as no term could match it. */
export function wordsOf(text: string): Set<string> {
  return new Set(wordsIn(text));
}

/** As `wordsOf`, but a word may come more than once: it is quicker to make than a set. */
export function wordsIn(text: string): string[] {
  const words: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const kind = at < text.length ? asciiKinds[text.charCodeAt(at)] : 'white';
    if (kind === 'white') {
      if (at > start) addAsciiWord(text, start, at, words);
      start = at + 1;
    } else if (kind === undefined) {
      for (const written of text.slice(start).split(whiteSpace)) addWord(written, words);
      return words;
    }
  }
  return words;
}

/** What each character of ASCII is, which nearly all of most texts is made of. */
const asciiKinds: readonly ('white' | 'opening' | 'punctuation' | 'other')[] = Array.from(
  { length: 0x80 },
  (_, code) => {
    const character = String.fromCharCode(code);
    if (whiteSpace.test(character)) return 'white';
    if (leadingOpening.test(character)) return 'opening';
    return punctuation.test(character) ? 'punctuation' : 'other';
  },
);

/** As `addWord`, without expressions. */
function addAsciiWord(text: string, start: number, end: number, words: string[]): void {
  addAsciiWithoutTrailing(text.slice(start, end), words);
  let opened = start;
  while (opened < end && asciiKinds[text.charCodeAt(opened)] === 'opening') opened++;
  if (opened > start) addAsciiWithoutTrailing(text.slice(opened, end), words);
}

function addAsciiWithoutTrailing(written: string, words: string[]): void {
  const folded = written.startsWith('@') ? written : written.toLowerCase();
  for (let end = folded.length; end > 0; end--) {
    if (end <= wireLimits.termCharacters) words.push(folded.slice(0, end));
    const last = asciiKinds[folded.charCodeAt(end - 1)];
    if (last !== 'punctuation' && last !== 'opening') return;
  }
}

function addWord(written: string, words: string[]): void {
  if (written === '') return;
  addWithoutTrailing(written, words);
  // Taken off before folding: behind it may stand an `@`, and that decides whether case counts.
  const opened = written.replace(leadingOpening, '');
  if (opened !== written) addWithoutTrailing(opened, words);
}

function addWithoutTrailing(written: string, words: string[]): void {
  let rest = written;
  let folded = foldWord(written);
  while (rest !== '') {
    if (!isLongerThan(folded, wireLimits.termCharacters)) words.push(folded);
    // What is punctuation is decided as written: folding makes letters of `™` and a loose accent of `´`.
    const last = lastCharacter(rest);
    if (!punctuation.test(last)) return;
    rest = rest.slice(0, -last.length);
    // Punctuation folds by itself, whatever stands before it; so the fold of `rest` is a part of this one.
    folded = folded.slice(0, folded.length - foldWord(last).length);
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
  // As folded, like the words it is compared with: a longer one could never match.
  if (isLongerThan(foldWord(term), wireLimits.termCharacters)) {
    return `A term has at most ${wireLimits.termCharacters} characters`;
  }
  if (term.includes(',')) return 'A term may not hold a comma; follow one term at a time';
  if (term.startsWith('"')) return 'A term may not begin with a quotation mark';
  return undefined;
}
