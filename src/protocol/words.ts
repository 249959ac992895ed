import { codeBefore, isPunctuation, unitsOf } from './character-kinds.ts';
import { foldWord, foldWords } from './folding.ts';
import { InnerWords } from './inner-words.ts';
import { wireLimits } from './limits.ts';
import { isLongerThan } from './text.ts';

/**
 * Words: the parts of a text that users can follow (asn3: "trailing punctuation still results in a match, but otherwise
 * subwords do not count").
 *
 * A text is split at white space. A word yields itself, and itself with trailing punctuation removed one character at a
 * time (`apple?!`: `apple?!`, `apple?`, `apple`; so `c++` can be followed). It yields the same forms again without its
 * leading opening punctuation and quotes (`("apple")`: `apple`). The words within it follow (`inner-words.ts`), so
 * `*apple*` and `apple/pear` yield `apple`, too. All forms are compared folded.
 */

const whiteSpace = /\s+/u;
/** What a word may have in front: opening punctuation and quotes. */
export const leadingOpening = /^[\p{Ps}\p{Pi}\p{Pf}"'`¿¡＂＇]+/u;

/** The term that matches every message that is not private. */
export const everything = '*';

/**
 * Returns the distinct folded words of `text`, without those longer than a term may be, which no term could match. If a
 * text has more than `textKeys` forms of words, the first ones count.
 */
export function wordsOf(text: string): Set<string> {
  return new Set(wordsIn(text));
}

/** As `wordsOf`, but possibly with duplicates: faster than making a set. `usesDictionary`: see `InnerWords`. */
export function wordsIn(text: string, usesDictionary = true): string[] {
  const forms = new Forms(2 * text.length + 4096);
  let start = 0;
  /** The position after the last punctuation. */
  let punctuated = -1;
  let isSplit = false;
  let isAscii = true;
  for (let at = 0; at <= text.length && !forms.isFull; at++) {
    const kind = at < text.length ? asciiKinds[text.charCodeAt(at)] : 'white';
    if (kind === 'other') {
      if (at === punctuated) isSplit = true;
    } else if (kind === 'white') {
      if (at > start) addAsciiWord(text, start, at, isSplit, forms);
      start = at + 1;
      isSplit = false;
    } else if (kind === undefined) {
      isAscii = false;
      addWords(text.slice(start).split(whiteSpace), forms);
      forms.inner.add(text, start, text.length);
      if (usesDictionary) forms.inner.addByDictionary();
      break;
    } else punctuated = at + 1;
  }
  forms.addInner(isAscii);
  return forms.words;
}

/**
 * The forms of a text's words, bounded. A word as written, and without all of its trailing punctuation, always counts.
 * The forms between share a budget of characters: for a text of punctuation they are thirty times as long as the text.
 */
class Forms {
  readonly words: string[] = [];
  /** Added last: a text that has too many forms loses these first. */
  readonly inner = new InnerWords();
  #characters: number;

  constructor(characters: number) {
    this.#characters = characters;
  }

  get isFull(): boolean {
    return this.words.length >= wireLimits.textKeys;
  }

  add(form: string): void {
    this.words.push(form);
  }

  addBetween(form: string): void {
    if (form.length > this.#characters || this.isFull) return;
    this.#characters -= form.length;
    this.words.push(form);
  }

  /** Those of an ASCII text are folded. */
  addInner(isAscii: boolean): void {
    const { found } = this.inner;
    for (let at = 0; at < found.length && !this.isFull; at += foldedAtOnce) {
      const some = found.length > foldedAtOnce ? found.slice(at, at + foldedAtOnce) : found;
      for (const word of isAscii ? some : foldWords(some)) {
        if (!this.isFull && !isLongerThan(word, wireLimits.termCharacters)) this.add(word);
      }
    }
  }
}

/** The kind of each ASCII character: most texts are nearly all ASCII. */
const asciiKinds: readonly ('white' | 'opening' | 'punctuation' | 'other')[] = Array.from(
  { length: 0x80 },
  (_, code) => {
    const character = String.fromCharCode(code);
    if (whiteSpace.test(character)) return 'white';
    if (leadingOpening.test(character)) return 'opening';
    return isPunctuation(code) ? 'punctuation' : 'other';
  },
);

/**
 * As `addWords` for one word, without regular expressions. `isSplit` says whether anything but punctuation follows
 * punctuation in it.
 */
function addAsciiWord(text: string, start: number, end: number, isSplit: boolean, forms: Forms): void {
  let bareEnd = addAsciiForms(text, start, end, forms);
  let opened = start;
  while (opened < end && asciiKinds[text.charCodeAt(opened)] === 'opening') opened++;
  if (opened > start && opened < end) bareEnd = addAsciiForms(text, opened, end, forms);
  if (isSplit) forms.inner.addAscii(text, opened, bareEnd);
}

/** Returns where the trailing punctuation begins. */
function addAsciiForms(text: string, start: number, end: number, forms: Forms): number {
  let bareEnd = end;
  while (bareEnd > start + 1 && isAsciiPunctuation(text.charCodeAt(bareEnd - 1))) bareEnd--;
  const longest = Math.min(end, start + wireLimits.termCharacters);
  if (bareEnd > longest) return bareEnd;
  const written = text.slice(start, longest);
  const folded = written.startsWith('@') ? written : written.toLowerCase();
  if (longest > bareEnd) {
    if (longest === end) forms.add(folded);
    else forms.addBetween(folded);
  }
  for (let at = longest - 1; at > bareEnd; at--) forms.addBetween(folded.slice(0, at - start));
  forms.add(folded.slice(0, bareEnd - start));
  return bareEnd;
}

function isAsciiPunctuation(code: number): boolean {
  const kind = asciiKinds[code];
  return kind === 'punctuation' || kind === 'opening';
}

/** Words are folded this many at a time; at most as many are folded in vain once the forms are full. */
const foldedAtOnce = 256;

function addWords(words: readonly string[], forms: Forms): void {
  for (let at = 0; at < words.length && !forms.isFull; at += foldedAtOnce) {
    const parts: Part[] = [];
    for (const written of words.slice(at, at + foldedAtOnce)) addParts(written, parts);
    const folded = foldWords(parts.map(({ bare }) => bare));
    let next = 0;
    for (const part of parts) {
      if (part.isWritten && forms.isFull) break;
      addForms(folded[next++] ?? '', part, forms);
    }
  }
}

/** A word, as it was written or without its opening punctuation. */
interface Part {
  readonly isWritten: boolean;
  readonly word: string;
  /** The word without all of its trailing punctuation. */
  readonly bare: string;
}

function addParts(written: string, parts: Part[]): void {
  if (written === '') return;
  parts.push(partOf(written, true));
  if (!isPunctuation(written.codePointAt(0) ?? 0)) return;
  // Removed before folding: an `@` may follow, and that decides whether case counts.
  const opened = written.replace(leadingOpening, '');
  if (opened !== written && opened !== '') parts.push(partOf(opened, false));
}

/** Decides on the written word what is punctuation: folding turns `™` into letters and `´` into a loose accent. */
function partOf(word: string, isWritten: boolean): Part {
  return { isWritten, word, bare: word.slice(0, bareEndOf(word)) };
}

function addForms(folded: string, { word, bare }: Part, forms: Forms): void {
  if (isLongerThan(folded, wireLimits.termCharacters)) return;
  if (bare.length === word.length) {
    forms.add(folded);
    return;
  }
  const longer = longerForms(folded, word, bare.length);
  const whole = longer.isWhole ? longer.forms.pop() : undefined;
  if (whole !== undefined) forms.add(whole);
  for (const form of longer.forms.reverse()) forms.addBetween(form);
  forms.add(folded);
}

/** Returns `folded` followed by more and more of the punctuation of `written` from `end` on, while short enough. */
function longerForms(
  folded: string,
  written: string,
  end: number,
): { readonly forms: string[]; readonly isWhole: boolean } {
  const forms: string[] = [];
  const keepsCase = folded.startsWith('@');
  let form = folded;
  for (let at = end; at < written.length; ) {
    const code = written.codePointAt(at) ?? 0;
    at += unitsOf(code);
    // Punctuation folds by itself, whatever precedes it.
    form += foldMark(code, keepsCase);
    if (isLongerThan(form, wireLimits.termCharacters)) return { forms, isWhole: false };
    forms.push(form);
  }
  return { forms, isWhole: forms.length > 0 };
}

/** Caches folded characters, with their case and without. */
const foldedMarks = { withCase: new Map<number, string>(), withoutCase: new Map<number, string>() };

/** Folds punctuation and symbols, of which there are some ten thousand: so the caches are bounded. */
export function foldMark(code: number, keepsCase: boolean): string {
  const known = keepsCase ? foldedMarks.withCase : foldedMarks.withoutCase;
  const before = known.get(code);
  if (before !== undefined) return before;
  const mark = String.fromCodePoint(code);
  const folded = keepsCase ? mark.normalize('NFKC') : foldWord(mark);
  known.set(code, folded);
  return folded;
}

/** Returns where the trailing punctuation of `written` begins; its first character is never part of it. */
export function bareEndOf(written: string): number {
  const first = unitsOf(written.codePointAt(0) ?? 0);
  let end = written.length;
  while (end > first) {
    const code = codeBefore(written, end);
    if (!isPunctuation(code)) break;
    end -= unitsOf(code);
  }
  return Math.max(end, first);
}
