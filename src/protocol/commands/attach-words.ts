import { termWords } from './term-list.ts';

/** The arguments of `!attach`: a file, and the terms whose followers get it. Neither is checked. */
export interface AttachWords {
  /** The file's path as its user typed it, without the quotes around it; empty when there is none. */
  readonly path: string;
  readonly terms: string[];
}

/**
 * Parses a path and the terms after it, of which it returns the first `maxTerms`. A path in double quotes may hold
 * white space, but no double quote; quotes that do not enclose a whole word are part of the path.
 */
export function parseAttachWords(rest: string, maxTerms: number = Infinity): AttachWords {
  const quoted = /^"([^"]+)"(?:\s+|$)/.exec(rest);
  const [taken = '', path = ''] = quoted ?? /^(\S*)\s*/.exec(rest) ?? [];
  return { path, terms: termWords(rest.slice(taken.length), maxTerms) };
}
