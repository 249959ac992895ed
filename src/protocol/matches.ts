import type { Bounds } from './inner-words.ts';
import { phrasePlacesIn } from './phrases.ts';
import { isPhrase, keyOfTerm } from './terms.ts';
import { wordPlacesOf } from './word-places.ts';
import { everything } from './words.ts';

/**
 * Returns the parts of `text` that match one of `terms`, in UTF-16 units of `text` as it is, ordered by their start.
 * They may overlap: `apple` and `apple-pie` both match in `apple-pie`. No part matches `*`. The part of a phrase reaches
 * from its first word to its last one.
 */
export function matchesIn(text: string, terms: readonly string[]): Bounds[] {
  const keys = new Set(terms.filter((term) => term !== everything).map(keyOfTerm));
  if (keys.size === 0) return [];
  const parts = new Map<string, Bounds>();
  const found = [
    ...wordPlacesOf(text).filter(({ word }) => keys.has(word)),
    ...phrasePlacesIn(text, [...keys].filter(isPhrase)),
  ];
  for (const { start, end } of found) parts.set(`${start} ${end}`, { start, end });
  return [...parts.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}
