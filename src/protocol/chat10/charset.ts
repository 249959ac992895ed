/**
 * What may be sent to CHAT/1.0 clients: by default only ASCII, as the courses' reference client stops at the
 * first other byte.
 */
export type Charset = 'ascii' | 'utf-8';

/** `text` in ASCII: accents and ligatures decomposed (`é`: `e`, `…`: `...`), `?` for every other character. */
export function toAscii(text: string): string {
  if (/^[\u0000-\u007f]*$/.test(text)) return text;
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\u0000-\u007f]/gu, '?');
}

/**
 * A file name in ASCII. Decomposing can make characters that were harmless into separators and dots (`／`,
 * `℀`, `‥`), so what it made is checked like a name from outside.
 */
export function toAsciiFileName(name: string): string {
  const converted = toAscii(name).replace(/[/\\]/g, '_');
  return /^\.+$/.test(converted) ? converted.replaceAll('.', '_') : converted;
}
