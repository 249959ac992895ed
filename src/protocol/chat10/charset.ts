import { wireLimits } from '../limits.ts';

/**
 * What may be sent to CHAT/1.0 clients: by default only ASCII, as the courses' reference client stops at the
 * first other byte.
 */
export type Charset = 'ascii' | 'utf-8';

const ascii = /^[\u0000-\u007f]*$/;
const notAscii = /[^\u0000-\u007f]/gu;

/**
 * `text` in ASCII: accents and ligatures decomposed (`é`: `e`, `…`: `...`, `½`: `1/2`), one `?` for every other
 * character. No character becomes more than four, so the result has no more bytes than a text may have.
 */
export function toAscii(text: string): string {
  if (ascii.test(text)) return text;
  return text.replace(longRunOfMarks, '$1').normalize('NFC').replace(notAscii, characterToAscii);
}

/**
 * Normalizing costs the square of a run of combining marks. Thirty are more than any writing has (UAX #15, stream-safe
 * text), and in ASCII none of them shows.
 */
const longRunOfMarks = /(\p{M}{30})\p{M}+/gu;

/** What characters became: decomposing one costs most of the time that a text takes. */
const known = new Map<string, string>();
const maxKnown = 4096;

function characterToAscii(character: string): string {
  const before = known.get(character);
  if (before !== undefined) return before;
  const converted = decompose(character);
  if (known.size < maxKnown) known.set(character, converted);
  return converted;
}

function decompose(character: string): string {
  const decomposed = character.normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('\u2044', '/');
  return ascii.test(decomposed) && decomposed.length <= 4 ? decomposed : '?';
}

/**
 * A file name in ASCII. Decomposing can make characters that were harmless into separators and dots (`／`,
 * `℀`, `‥`) or leave nothing (a lone accent), so what it made is checked like a name from outside.
 */
export function toAsciiFileName(name: string): string {
  const converted = toAscii(name).replace(/[/\\]/g, '_').slice(0, wireLimits.fileNameBytes).trim();
  if (converted === '') return '_';
  return /^\.+$/.test(converted) ? converted.replaceAll('.', '_') : converted;
}
