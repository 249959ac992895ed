import { createRequire } from 'node:module';

/**
 * What a reader takes for one character (a grapheme), and the columns it takes. The tables for both are loaded when a
 * text first needs them: that takes 30 ms, a fifth of the start of `earshot join`, whose first screen does without.
 */

/** Characters of one column each, which never join others: ASCII, Latin letters, dashes, quotation marks, an ellipsis. */
const simple = /^[\x20-\x7e\xc0-\xff\u2013\u2014\u2018\u2019\u201c\u201d\u2026]*$/;

let segmenter: Intl.Segmenter | undefined;
let measure: ((text: string) => number) | undefined;

/** Splits `text` into graphemes. */
export function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Returns how many columns `text`, which has no control characters, takes on a terminal. */
export function columnsOf(text: string): number {
  if (simple.test(text)) return text.length;
  measure ??= (createRequire(import.meta.url)('string-width') as typeof import('string-width')).default;
  return measure(text);
}
