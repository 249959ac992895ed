import { characterKinds, codeBefore, kindOf, unitsOf } from './character-kinds.ts';
import { wireLimits } from './limits.ts';

/**
 * Inner words: the words within a run of characters without white space.
 *
 * - A **plain word** is a run of letters, digits and marks: `apple` and `pear` in `apple/pear`.
 * - Plain words with one joiner between each two are also a **joined word**: `apple-pie`, `don't`, `example.com`.
 * - A **mention** is `@` and a name behind it, unless a letter is in front, as in a mail address.
 * - In scripts without spaces a plain word may be a sentence; the words that a dictionary finds in it count.
 */

/** Hyphens, apostrophes, full stop, underscore and middle dot. */
const joiners = "-'._\u2010\u2011\u2019\u00b7";
const at = '@'.charCodeAt(0);
const wideAt = '＠'.charCodeAt(0);
const zeroWidthJoiner = 0x200d;
/** Splitting this many UTF-16 units by a dictionary takes up to 7 ms. Words in the rest of a text are not found. */
const dictionaryUnits = 8192;

const ascii = { letter: 0, separator: 1, joiner: 2 } as const;
/** What each ASCII character is, one of `ascii`. */
const asciiRoles = Uint8Array.from({ length: 0x80 }, (_, code) => {
  if (kindOf(code) === characterKinds.letter) return ascii.letter;
  return joiners.includes(String.fromCharCode(code)) ? ascii.joiner : ascii.separator;
});

let segmenter: Intl.Segmenter | undefined;

/** Collects the inner words of one text, at most `textKeys`. A run that is an inner word itself need not be among them. */
export class InnerWords {
  /** As they are written. */
  readonly found: string[] = [];
  /** Where each of `found` is in the text, for who asks; `addAscii` does not tell. */
  readonly places: Bounds[] | undefined;
  /** Plain words of scripts without spaces. */
  readonly #sentences: string[] = [];
  readonly #sentenceStarts: number[] = [];
  #unitsLeft = dictionaryUnits;

  constructor(options: { readonly withPlaces?: boolean } = {}) {
    this.places = options.withPlaces === true ? [] : undefined;
  }

  /** Adds what is in `text` between `start` and `end`, which may hold several runs. */
  add(text: string, start: number, end: number): void {
    const bounds = { start, end };
    for (let next = start; next < end && this.found.length < wireLimits.textKeys; ) {
      const code = text.codePointAt(next) ?? 0;
      if (beginsWord(code)) {
        next = this.#addJoined(text, next, bounds);
        continue;
      }
      if (code === at || code === wideAt) this.#addMention(text, next, bounds);
      next += unitsOf(code);
    }
  }

  /** As `add`, for one run of ASCII that does not end in punctuation: several times as fast. Adds folded words. */
  addAscii(text: string, start: number, end: number): void {
    const run = text.slice(start, end).toLowerCase();
    let joined = 0;
    let plain = 0;
    for (let next = 0; next <= run.length; next++) {
      const code = run.charCodeAt(next);
      const role = next < run.length ? asciiRoles[code] : ascii.separator;
      if (role === ascii.letter) continue;
      if (next > plain) this.#push(run, plain, next);
      if (
        role === ascii.separator ||
        next === plain ||
        asciiRoles[run.charCodeAt(next + 1)] !== ascii.letter
      ) {
        if (joined < plain && next > plain && next - joined < run.length) this.#push(run, joined, next);
        joined = next + 1;
      }
      plain = next + 1;
      if (code === at) this.#addMention(text, start + next, { start, end });
    }
  }

  /** Adds the joined word that begins at `begin`, and its plain words; returns where it ends. */
  #addJoined(text: string, begin: number, bounds: Bounds): number {
    for (let plain = begin; ; ) {
      const { end, isUnspaced } = plainWord(text, plain, bounds.end);
      const isJoined = end + 1 < bounds.end && joiners.includes(text.charAt(end));
      const goesOn = isJoined && beginsWord(text.codePointAt(end + 1) ?? 0);
      if (isUnspaced && end > plain + 1) this.#keepSentence(text, plain, end);
      if (plain > begin || goesOn) this.#push(text, plain, end);
      if (!goesOn) {
        if (!isRun(text, begin, end, bounds)) this.#push(text, begin, end);
        return end;
      }
      plain = end + 1;
    }
  }

  #addMention(text: string, sign: number, { start, end }: Bounds): void {
    if (sign > start && continuesWord(codeBefore(text, sign))) return;
    let nameEnd = sign + 1;
    let behind = sign + 1;
    for (; behind < end && behind - sign <= wireLimits.termCharacters; behind++) {
      const code = text.charCodeAt(behind);
      const role = asciiRoles[code];
      if (role === ascii.letter) nameEnd = behind + 1;
      else if (role !== ascii.joiner || code === apostrophe || nameEnd === sign + 1) break;
    }
    if (nameEnd === sign + 1 || (behind < end && continuesWord(text.codePointAt(behind) ?? 0))) return;
    const mention = `@${text.slice(sign + 1, nameEnd)}`;
    const isAll = mention.toLowerCase() === '@all';
    for (const word of isAll ? [mention, '@all'] : [mention]) {
      this.found.push(word);
      this.places?.push({ start: sign, end: nameEnd });
    }
  }

  /** Adds, once, the words that a dictionary finds in the plain words of scripts without spaces. */
  addByDictionary(): void {
    if (this.#sentences.length === 0) return;
    // Made late, because it takes milliseconds; for one language, so that the machine's does not matter.
    segmenter ??= new Intl.Segmenter('en', { granularity: 'word' });
    // In one go: a call takes as long as twenty characters.
    let sentence = 0;
    let sentenceAt = 0;
    for (const { segment, index } of segmenter.segment(this.#sentences.join('\n'))) {
      while (index > sentenceAt + (this.#sentences[sentence]?.length ?? 0)) {
        sentenceAt += (this.#sentences[sentence++]?.length ?? 0) + 1;
      }
      const place = (this.#sentenceStarts[sentence] ?? 0) + index - sentenceAt;
      if (beginsWord(segment.codePointAt(0) ?? 0)) this.#push(segment, 0, segment.length, place);
    }
  }

  #keepSentence(text: string, begin: number, end: number): void {
    if (this.#unitsLeft <= 0) return;
    this.#sentences.push(text.slice(begin, Math.min(end, begin + this.#unitsLeft)));
    this.#sentenceStarts.push(begin);
    this.#unitsLeft -= end - begin + 1;
  }

  /** `place`: where the word begins in the whole text. */
  #push(text: string, begin: number, end: number, place = begin): void {
    // Folding makes at most four characters one, and a character has at most two units.
    if (end - begin > 8 * wireLimits.termCharacters || this.found.length >= wireLimits.textKeys) return;
    this.found.push(text.slice(begin, end));
    this.places?.push({ start: place, end: place + end - begin });
  }
}

const apostrophe = "'".charCodeAt(0);

/** A part of a text, in UTF-16 units; `end` is behind it. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

function beginsWord(code: number): boolean {
  const kind = kindOf(code);
  return kind === characterKinds.letter || kind === characterKinds.unspaced;
}

/** Whether a mention beside this character is none. Beside the scripts without spaces there is no space to expect. */
function continuesWord(code: number): boolean {
  const kind = kindOf(code);
  return kind === characterKinds.letter || kind === characterKinds.mark;
}

/** Returns where the plain word that begins at `begin` ends, and whether it has letters of a script without spaces. */
function plainWord(text: string, begin: number, end: number): { end: number; isUnspaced: boolean } {
  let isUnspaced = false;
  let wordEnd = begin;
  for (let next = begin; next < end; ) {
    const code = text.codePointAt(next) ?? 0;
    const kind = kindOf(code);
    next += unitsOf(code);
    if (kind === characterKinds.unspaced) isUnspaced = true;
    if (kind !== characterKinds.punctuation && kind !== characterKinds.gap) wordEnd = next;
    // Between letters the joiner belongs to the spelling, as in Sinhala; elsewhere it joins emoji.
    else if (code !== zeroWidthJoiner) break;
  }
  return { end: wordEnd, isUnspaced };
}

/** Whether the word has white space, or an end of the bounds, on both sides. */
function isRun(text: string, begin: number, wordEnd: number, { start, end }: Bounds): boolean {
  return (
    (begin === start || isWhite(text.charAt(begin - 1))) && (wordEnd === end || isWhite(text.charAt(wordEnd)))
  );
}

function isWhite(unit: string): boolean {
  return kindOf(unit.charCodeAt(0)) === characterKinds.gap && /\s/u.test(unit);
}
