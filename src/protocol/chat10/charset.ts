import { wireLimits } from '../limits.ts';

/**
 * What may be sent to CHAT/1.0 clients: by default only ASCII, as the courses' reference client stops at the
 * first other byte.
 */
export type Charset = 'ascii' | 'utf-8';

const ascii = /^[\u0000-\u007f]*$/;
const notAscii = /[^\u0000-\u007f]+/g;

/**
 * `text` in ASCII: accents and ligatures decomposed (`é`: `e`, `…`: `...`, `½`: `1/2`), one `?` for every other
 * character. No character becomes more than four, so the result has no more bytes than a text may have.
 */
export function toAscii(text: string): string {
  if (ascii.test(text)) return text;
  return text.replace(longRunOfMarks, '$1').normalize('NFC').replace(notAscii, runToAscii);
}

/**
 * Normalizing costs the square of a run of combining marks. Thirty are more than any writing has (UAX #15, stream-safe
 * text), and in ASCII none of them shows.
 */
const longRunOfMarks = /(\p{M}{30})\p{M}+/gu;

/**
 * What characters became: decomposing one costs most of the time that a text takes. All of them have room, so that nobody
 * can fill this with what is not needed: a byte each for those that are a `?`, which are nearly all.
 */
const questionMarks = new Uint8Array(0x11_0000);
const known = new Map<number, string>();

function runToAscii(run: string): string {
  let inAscii = '';
  for (let at = 0; at < run.length; at++) {
    const code = run.codePointAt(at) ?? 0;
    if (code > 0xffff) at++;
    inAscii += questionMarks[code] === 1 ? '?' : (known.get(code) ?? learn(code));
  }
  return inAscii;
}

function learn(code: number): string {
  const inAscii = decompose(String.fromCodePoint(code));
  if (inAscii === '?') questionMarks[code] = 1;
  else known.set(code, inAscii);
  return inAscii;
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
