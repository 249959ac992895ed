import { wireLimits } from '../limits.ts';

/**
 * The characters that CHAT/1.0 clients are sent. By default only ASCII, because the courses' reference client stops at
 * the first other byte.
 */
export type Charset = 'ascii' | 'utf-8';

const ascii = /^[\u0000-\u007f]*$/;
const notAscii = /[^\u0000-\u007f]+/g;

/**
 * Returns `text` in ASCII: accents and ligatures are decomposed (`é`: `e`, `…`: `...`, `½`: `1/2`), every other
 * character becomes one `?`. No character becomes more than four, so the result has no more bytes than a text may have.
 */
export function toAscii(text: string): string {
  if (ascii.test(text)) return text;
  return text.replace(marks, shortened).normalize('NFC').replace(notAscii, runToAscii);
}

/**
 * Normalizing takes time quadratic in the length of a run of combining marks. No script needs more than thirty (UAX
 * #15, stream-safe text), and none of them shows in ASCII.
 */
const maxMarks = 30;
const marks = /\p{M}+/gu;
const shortened = (run: string): string =>
  run.length <= maxMarks ? run : Array.from(run).slice(0, maxMarks).join('');

/**
 * Caches the result for each character, because decomposing takes most of the time. The caches have room for all
 * characters, so nobody can crowd out the common ones: `?`, the result for nearly all, costs a byte each.
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
 * Returns a file name in ASCII. Decomposing can turn harmless characters into separators and dots (`／`, `℀`, `‥`), or
 * leave nothing (a lone accent), so the result is checked like a name from outside.
 */
export function toAsciiFileName(name: string): string {
  const converted = toAscii(name).replace(/[/\\]/g, '_').slice(0, wireLimits.fileNameBytes).trim();
  if (converted === '') return '_';
  return /^\.+$/.test(converted) ? converted.replaceAll('.', '_') : converted;
}
