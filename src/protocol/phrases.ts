import type { Bounds } from './inner-words.ts';
import { isPhrase, wordsOfPhrase } from './terms.ts';
import { wordPlacesOf } from './word-places.ts';
import { wordsIn, wordsOf } from './words.ts';

/**
 * Phrases in texts. A text is split at white space into **pieces**. It has a phrase when as many neighbouring pieces each
 * have one of its words, in its order: a piece has the words that it would carry as a text, but for those that a dictionary
 * finds. So markup and punctuation at a word do not count (`*Apple* pie!` has `"apple pie"`), but a piece between two words
 * does, and one piece (`apple-pie`) never has two words of a phrase.
 *
 * A text **carries** a phrase when it also carries each of its words. Live delivery, catching up, history and search all ask
 * for that, and by the functions here: phrases are given as their keys.
 */

/** Whether a text carries a key: of a word or of a phrase. */
export function textCarries(text: string, key: string): boolean {
  const words = wordsOf(text);
  if (!isPhrase(key)) return words.has(key);
  return wordsOfPhrase(key).every((word) => words.has(word)) && phrasesIn(text, [key]).length > 0;
}

/**
 * Returns those of `phrases` that `text` has. Takes time for the length of the text, and for each phrase about a quarter of
 * the number of pieces at most.
 */
export function phrasesIn(text: string, phrases: readonly string[]): string[] {
  if (phrases.length === 0) return [];
  const split = phrases.map(wordsOfPhrase);
  const pieces = new Pieces(text, new Set(split.flat()));
  return phrases.filter((_, at) => pieces.endsOf(split[at] ?? []) !== undefined);
}

/** Returns the parts of `text` that are one of `phrases`: each from its first word to its last one. */
export function phrasePlacesIn(text: string, phrases: readonly string[]): Bounds[] {
  if (phrases.length === 0) return [];
  const split = phrases.map(wordsOfPhrase);
  const pieces = new Pieces(text, new Set(split.flat()));
  return split.flatMap((words) => pieces.placesOf(words));
}

/** In which pieces of a text each of some words is: a set of bits for each word. */
class Pieces {
  readonly #text: string;
  readonly #count: number;
  readonly #sets = new Map<string, Uint32Array>();

  constructor(text: string, wanted: ReadonlySet<string>) {
    this.#text = text;
    const pieces = text.trim().split(/\s+/u);
    this.#count = pieces.length;
    const wordsOfPiece = reader(wanted);
    for (let at = 0; at < pieces.length; at++) {
      const piece = pieces[at] ?? '';
      if (!plain.test(piece)) for (const word of wordsOfPiece(piece)) this.#add(word, at);
      else {
        const word = piece.toLowerCase();
        if (wanted.has(word)) this.#add(word, at);
      }
    }
  }

  #add(word: string, at: number): void {
    let set = this.#sets.get(word);
    if (set === undefined) {
      set = new Uint32Array((this.#count >>> 5) + 1);
      this.#sets.set(word, set);
    }
    set[at >>> 5] = (set[at >>> 5] ?? 0) | (1 << (at & 31));
  }

  /** Returns in which pieces the phrase ends; undefined when the text does not have it. */
  endsOf([first = '', ...others]: readonly string[]): Uint32Array | undefined {
    const ends = this.#sets.get(first)?.slice();
    if (ends === undefined) return undefined;
    for (const word of others) {
      const set = this.#sets.get(word);
      if (set === undefined || !moveOn(ends, set)) return undefined;
    }
    return ends;
  }

  placesOf(words: readonly string[]): Bounds[] {
    const ends = this.endsOf(words);
    if (ends === undefined) return [];
    const found: Bounds[] = [];
    const before: RegExpExecArray[] = [];
    for (const piece of this.#text.matchAll(/\S+/gu)) {
      const at = before.push(piece) - 1;
      if (((ends[at >>> 5] ?? 0) & (1 << (at & 31))) === 0) continue;
      const first = placeOf(words[0], before[at - words.length + 1]);
      const last = placeOf(words.at(-1), piece);
      if (first !== undefined && last !== undefined) found.push({ start: first.start, end: last.end });
    }
    return found;
  }
}

/** Where a word is in the text, within a piece. */
function placeOf(wanted: string | undefined, piece: RegExpExecArray | undefined): Bounds | undefined {
  if (piece === undefined) return undefined;
  const place = wordPlacesOf(piece[0]).find(({ word }) => word === wanted);
  return place && { start: piece.index + place.start, end: piece.index + place.end };
}

/** More words than this are not looked for one by one in a piece. */
const fewWords = 16;

/** Returns a function that returns those of the `wanted` words that a piece has. */
function reader(wanted: ReadonlySet<string>): (piece: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  const few = wanted.size > fewWords ? undefined : [...wanted].map((word) => word.toLowerCase());
  return (piece) => {
    // The words of an ASCII piece are parts of it, in lower case but for names.
    if (few !== undefined && ascii.test(piece)) {
      const folded = piece.toLowerCase();
      if (!few.some((word) => folded.includes(word))) return [];
    }
    const before = known.get(piece);
    if (before !== undefined) return before;
    const words = wordsIn(piece, false).filter((word) => wanted.has(word));
    known.set(piece, words);
    return words;
  };
}

const ascii = /^[\u0000-\u007f]*$/;
/** Pieces that have one word: themselves in lower case. */
const plain = /^[A-Za-z0-9]{1,64}$/;

/** Replaces each piece of `ends` by the next one, if that is in `set`; returns whether any is left. */
function moveOn(ends: Uint32Array, set: Uint32Array): boolean {
  let left = 0;
  for (let at = ends.length - 1; at >= 0; at--) {
    const moved = ((ends[at] ?? 0) << 1) | ((ends[at - 1] ?? 0) >>> 31);
    const kept = moved & (set[at] ?? 0);
    ends[at] = kept;
    left |= kept;
  }
  return left !== 0;
}
