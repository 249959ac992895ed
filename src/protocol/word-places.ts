import { unitsOf } from './character-kinds.ts';
import { foldWord, foldWords } from './folding.ts';
import { type Bounds, InnerWords } from './inner-words.ts';
import { wireLimits } from './limits.ts';
import { isLongerThan } from './text.ts';
import { bareEndOf, foldMark, leadingOpening } from './words.ts';

/** A place in a text that holds a folded word. */
export interface WordPlace extends Bounds {
  readonly word: string;
}

/**
 * Returns where the words of `text` are: those of `wordsOf`, at each place where they occur. Of a text that has more
 * than `textKeys` forms of words the first ones count, which may be others than those of `wordsOf`.
 */
export function wordPlacesOf(text: string): WordPlace[] {
  const places: WordPlace[] = [];
  for (const { 0: run, index } of text.matchAll(/\S+/gu)) {
    if (places.length >= wireLimits.textKeys) return places;
    addForms(run, index, places);
    const opening = leadingOpening.exec(run)?.[0].length ?? 0;
    if (opening > 0 && opening < run.length) addForms(run.slice(opening), index + opening, places);
  }
  const inner = new InnerWords({ withPlaces: true });
  inner.add(text, 0, text.length);
  inner.addByDictionary();
  const words = foldWords(inner.found);
  for (const [at, place] of (inner.places ?? []).entries())
    addPlace({ word: words[at] ?? '', ...place }, places);
  return places;
}

/** Adds the forms of a word that begins at `start`: without its trailing punctuation, and with more and more of it. */
function addForms(written: string, start: number, places: WordPlace[]): void {
  let at = bareEndOf(written);
  let word = foldWord(written.slice(0, at));
  const keepsCase = word.startsWith('@');
  addPlace({ word, start, end: start + at }, places);
  while (at < written.length && !isLongerThan(word, wireLimits.termCharacters)) {
    const code = written.codePointAt(at) ?? 0;
    at += unitsOf(code);
    word += foldMark(code, keepsCase);
    addPlace({ word, start, end: start + at }, places);
  }
}

function addPlace(place: WordPlace, places: WordPlace[]): void {
  if (!isLongerThan(place.word, wireLimits.termCharacters)) places.push(place);
}
