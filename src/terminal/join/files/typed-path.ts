import { fileURLToPath } from 'node:url';
import { termWords } from '../../../protocol/commands/term-list.ts';
import { quoteShort } from '../../../protocol/text.ts';

/** The path that a text begins with, `~/` still in it, and the text after it. */
export interface TypedPath {
  readonly path: string;
  readonly rest: string;
}

export interface PathProblem {
  readonly problem: string;
}

/** Enough for a path of 4,096 characters in which each is written `'\''`, and the work for any text is bounded. */
const mostScanned = 5 * 4096;

/**
 * Parses the path at the beginning of `text` as people type it, and as terminals paste a file that is dropped on them:
 *
 *     menu.txt   'my menu.txt'   "my menu.txt"   my\ menu.txt   'it'\''s.txt'   file:///home/me/my%20menu.txt
 *
 * Quotes count where the path begins with one, so `it's.txt` is a name too; so is a quote without a second one. A
 * backslash before a letter or a digit belongs to the path.
 */
export function parseTypedPath(text: string): TypedPath | PathProblem {
  const scanned = text.slice(0, mostScanned);
  const { word, end } = quotedWord(scanned) ?? bareWord(scanned);
  const rest = text.slice(end).trimStart();
  if (!/^file:\/\//i.test(word)) return { path: word, rest };
  try {
    return { path: fileURLToPath(word), rest };
  } catch {
    return { problem: `${quoteShort(word)} is not the address of a file on this machine` };
  }
}

/** Parses a path that is the whole text; it may then hold white space without quotes. */
export function parseWholePath(text: string): string | PathProblem {
  const typed = parseTypedPath(text);
  if ('problem' in typed) return typed;
  return typed.rest === '' ? typed.path : text;
}

/** Parses a path and the terms after it, of which it returns the first `maxTerms`. */
export function parseTypedAttach(
  rest: string,
  maxTerms: number,
): { readonly path: string; readonly terms: string[] } | PathProblem {
  const typed = parseTypedPath(rest);
  return 'problem' in typed ? typed : { path: typed.path, terms: termWords(typed.rest, maxTerms) };
}

interface Word {
  readonly word: string;
  /** The index after it. */
  readonly end: number;
}

const part =
  /'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>.)|(?<plain>[^'"\\\s]+)|(?<space>\s)/suy;

/** A word that begins with a quote, as a shell reads it; undefined if it does not, or has a quote without a second. */
function quotedWord(text: string): Word | undefined {
  if (!/^['"]/.test(text)) return undefined;
  let word = '';
  part.lastIndex = 0;
  for (let end = 0; end < text.length; end = part.lastIndex) {
    const { groups } = part.exec(text) ?? {};
    if (groups === undefined) return undefined;
    if (groups.space !== undefined) return { word, end };
    const double = groups.double?.replace(/\\(["\\$`])/g, '$1');
    word += groups.single ?? double ?? groups.escaped ?? groups.plain ?? '';
  }
  return { word, end: text.length };
}

function bareWord(text: string): Word {
  // A backslash at the end of the text escapes nothing.
  const [typed = ''] = /^(?:\\(?:[^\p{L}\p{N}]|(?=[\p{L}\p{N}]|$))|[^\\\s])*/su.exec(text) ?? [];
  return { word: typed.replace(/\\([^\p{L}\p{N}])/gsu, '$1'), end: typed.length };
}
