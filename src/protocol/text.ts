import { wireLimits } from './limits.ts';

/** Strict text: which characters a line may hold, and how bytes are decoded. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** C0 without TAB, DEL and C1: never allowed in a text or a name (they can drive a terminal). */
const control = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;

/** Decodes `bytes`; returns undefined when they are not valid UTF-8. Never replaces anything by U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** UTF-8 has at most so many bytes for a UTF-16 unit. */
export const maxUtf8Bytes = 3;

/** Encodes `text`, which must fit, into `to` from `begin` on; returns how many bytes it has. */
export function encodeUtf8Into(text: string, to: Uint8Array, begin: number): number {
  // For a short text a loop takes less time than the call of `encodeInto`.
  if (text.length <= 64) {
    let at = 0;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit > 0x7f) break;
      to[begin + at] = unit;
    }
    if (at === text.length) return at;
  }
  return encoder.encodeInto(text, to.subarray(begin)).written;
}

export function hasControlCharacter(text: string): boolean {
  return control.test(text);
}

/**
 * Replaces each of Unicode's line and paragraph separators by a space: many clients of line protocols end a line there
 * (Python's `splitlines`), and would read what follows as a line from the server.
 */
export function withoutLineSeparators(text: string): string {
  return text.replace(/[\u2028\u2029]/g, ' ');
}

/** Counts characters as our limits do: in code points, so an emoji is one and not two. */
export function countCharacters(text: string): number {
  let surrogatePairs = 0;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      surrogatePairs++;
      i++;
    }
  }
  return text.length - surrogatePairs;
}

/** Returns whether `text` has more than `limit` code points; counts them only if its length does not decide. */
export function isLongerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  return text.length > 2 * limit || countCharacters(text) > limit;
}

/** Returns whether `text` is too long for a message: the one rule of every protocol, the client and the terminal. */
export function isTextTooLong(text: string): boolean {
  return isLongerThan(text, wireLimits.textCharacters);
}

/** Returns the first words of `text`, at most `count`, split at white space. The text after them costs nothing. */
export function firstWords(text: string, count: number): string[] {
  // Not `split`: V8 tries each character anew when it holds the limit as a double, and 262 KB took 20 to 100 ms.
  return text
    .matchAll(/\S+/gu)
    .take(count)
    .map(([word]) => word)
    .toArray();
}

/** Returns `term` for an error message: as it is, or quoted and cut short when it is longer than a term may be. */
export function quoteTerm(term: string): string {
  return isLongerThan(term, 64) ? quoteShort(term) : term;
}

/** Returns `value` in quotes for an error message, cut short so that no message grows with its input. */
export function quoteShort(value: string): string {
  // 41 characters at two units each, so that a 41st is seen.
  const characters = [...value.slice(0, 82)];
  return characters.length > 40 ? `"${characters.slice(0, 40).join('')}…"` : `"${characters.join('')}"`;
}
