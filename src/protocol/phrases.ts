import type { Bounds } from './inner-words.ts';
import { isPhrase, wordsOfPhrase } from './terms.ts';
import { type WordPlace, wordPlacesOf } from './word-places.ts';
import { wordsOf } from './words.ts';

/**
 * Phrases in texts. A text is split at white space into **pieces**. It has a phrase when as many neighbouring pieces each
 * have one of its words, in its order, among the forms by which they can be found (`word-places.ts`). So markup and
 * punctuation at a word do not count (`*Apple* pie!` has `"apple pie"`), but a piece between two words does, and one piece
 * (`apple-pie`) never has two words of a phrase.
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
 * Returns those of `phrases` that `text` has. Takes time for the length of the text, and for each phrase about the number
 * of pieces divided by 4, whatever the text is.
 */
export function phrasesIn(text: string, phrases: readonly string[]): string[] {
  if (phrases.length === 0) return [];
  const split = phrases.map(wordsOfPhrase);
  const pieces = new PieceSets(text, new Set(split.flat()), wordPlacesOf(text));
  return phrases.filter((_, at) => pieces.endsOf(split[at] ?? []) !== undefined);
}

/** Returns the parts of `text` that are one of `phrases`. `places`: all words of the text. */
export function phrasePlacesIn(
  text: string,
  phrases: readonly string[],
  places: readonly WordPlace[],
): Bounds[] {
  if (phrases.length === 0) return [];
  const split = phrases.map(wordsOfPhrase);
  const pieces = new PieceSets(text, new Set(split.flat()), places);
  return split.flatMap((words) => pieces.placesOf(words));
}

/** In which pieces of a text each of some words is: a set of bits for each word. */
class PieceSets {
  readonly #starts: readonly number[];
  readonly #sets = new Map<string, Uint32Array>();
  readonly #places: readonly WordPlace[];

  constructor(text: string, wanted: ReadonlySet<string>, places: readonly WordPlace[]) {
    this.#starts = text
      .matchAll(/\S+/gu)
      .map(({ index }) => index)
      .toArray();
    this.#places = places.filter(({ word }) => wanted.has(word));
    for (const { word, start } of this.#places) {
      let set = this.#sets.get(word);
      if (set === undefined) {
        set = new Uint32Array((this.#starts.length >>> 5) + 1);
        this.#sets.set(word, set);
      }
      const piece = this.#pieceAt(start);
      set[piece >>> 5] = (set[piece >>> 5] ?? 0) | (1 << (piece & 31));
    }
  }

  /** Returns in which pieces the phrase ends; undefined when the text does not have it. */
  endsOf([first = '', ...others]: readonly string[]): Uint32Array | undefined {
    let ends = this.#sets.get(first)?.slice();
    for (const word of others) {
      const set = this.#sets.get(word);
      if (ends === undefined || set === undefined || !isNext(ends, set)) ends = undefined;
      if (ends === undefined) return undefined;
    }
    return ends;
  }

  placesOf(words: readonly string[]): Bounds[] {
    const ends = this.endsOf(words);
    if (ends === undefined) return [];
    const ofFirst = this.#byPiece(words[0]);
    const ofLast = this.#byPiece(words.at(-1));
    const found: Bounds[] = [];
    for (const [piece, { end }] of ofLast) {
      const isEnd = ((ends[piece >>> 5] ?? 0) & (1 << (piece & 31))) !== 0;
      const first = isEnd ? ofFirst.get(piece - words.length + 1) : undefined;
      if (first !== undefined) found.push({ start: first.start, end });
    }
    return found;
  }

  /** The place of a word in each piece that has it. */
  #byPiece(wanted: string | undefined): Map<number, Bounds> {
    const places = new Map<number, Bounds>();
    for (const place of this.#places) {
      if (place.word === wanted) places.set(this.#pieceAt(place.start), place);
    }
    return places;
  }

  /** The number of the piece that `position` is in. */
  #pieceAt(position: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= position) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Replaces each piece of `ends` by the next one, if that is in `set`; returns whether any is left. */
function isNext(ends: Uint32Array, set: Uint32Array): boolean {
  let left = 0;
  for (let at = ends.length - 1; at >= 0; at--) {
    const moved = ((ends[at] ?? 0) << 1) | ((ends[at - 1] ?? 0) >>> 31);
    const kept = moved & (set[at] ?? 0);
    ends[at] = kept;
    left |= kept;
  }
  return left !== 0;
}
