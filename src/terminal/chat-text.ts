import type { Bounds } from '../protocol/inner-words.ts';
import { matchesIn } from '../protocol/matches.ts';
import { segmentsOf } from './graphemes.ts';
import type { Span } from './line.ts';

/** The longest address that a link may have: terminals ignore longer ones. */
const maxLink = 2_000;

/**
 * Returns the text of a message as spans: what matches one of `terms` is marked, and web addresses are links. No other
 * part of a text becomes anything but text.
 */
export function textSpans(text: string, terms: readonly string[]): Span[] {
  const marks = wholeGraphemes(text, matchesIn(text, terms));
  const links = linksIn(text);
  const cuts = new Set([0, text.length]);
  for (const { start, end } of [...marks, ...links]) cuts.add(start).add(end);
  const sorted = [...cuts].sort((a, b) => a - b);
  const marked = covering(marks);
  const linked = covering(links);
  const spans: Span[] = [];
  for (const [at, start] of sorted.entries()) {
    const part = text.slice(start, sorted[at + 1] ?? start);
    const link = linked(start)?.address;
    if (part === '') continue;
    spans.push({
      text: part,
      ...(marked(start) === undefined ? {} : { style: 'matched' }),
      ...(link === undefined ? {} : { link }),
    });
  }
  return spans;
}

/** Returns a function that finds the part around a position. Call it with growing positions; parts do not overlap. */
function covering<Part extends Bounds>(parts: readonly Part[]): (position: number) => Part | undefined {
  let next = 0;
  return (position) => {
    while (next < parts.length && (parts[next]?.end ?? 0) <= position) next++;
    const part = parts[next];
    return part !== undefined && part.start <= position ? part : undefined;
  };
}

/** Makes parts whole graphemes, as half a flag or a mark without its letter cannot be shown, and joins them. */
function wholeGraphemes(text: string, parts: readonly Bounds[]): Bounds[] {
  if (parts.length === 0) return [];
  const segments = segmentsOf(text);
  const startAt = (at: number): number => (at >= text.length ? at : (segments.containing(at)?.index ?? at));
  const joined: { start: number; end: number }[] = [];
  for (const part of parts) {
    const start = startAt(part.start);
    const last = segments.containing(part.end - 1);
    const end = last === undefined ? part.end : last.index + last.segment.length;
    const before = joined.at(-1);
    if (before !== undefined && start <= before.end) before.end = Math.max(before.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

/** Finds `http://…` and `https://…`, without the punctuation that the sentence has behind it. */
function linksIn(text: string): (Bounds & { readonly address: string })[] {
  const links: (Bounds & { readonly address: string })[] = [];
  for (const { 0: found, index } of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/giu)) {
    if (found.length > maxLink) continue;
    const written = withoutTail(found);
    const address = addressOf(written);
    if (address !== undefined) links.push({ start: index, end: index + written.length, address });
  }
  return links;
}

const tail = /[^/\P{P}]|`/u;

function withoutTail(found: string): string {
  let end = found.length;
  let unclosed = found.split('(').length - found.split(')').length;
  for (; end > 0 && tail.test(found.charAt(end - 1)); end--) {
    const isParenthesis = found.charAt(end - 1) === ')';
    // The address ends in one that it opened, as in `https://example.com/a_(b)`.
    if (isParenthesis && unclosed >= 0) break;
    if (isParenthesis) unclosed++;
  }
  return found.slice(0, end);
}

/** Returns the address in ASCII, as a browser asks for it; undefined when it is none or cannot be in a link. */
function addressOf(written: string): string | undefined {
  const url = URL.parse(written);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  return /^[\x21-\x7e]+$/.test(url.href) && url.href.length <= maxLink ? url.href : undefined;
}
