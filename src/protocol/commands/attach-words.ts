import { firstWords } from '../text.ts';

/** What stands behind `!attach`: a file and whom it is for. Neither is checked. */
export interface AttachWords {
  /** The file's path as its user typed it, without the quotes around it; empty when there is none. */
  readonly path: string;
  readonly terms: string[];
}

/**
 * Reads a path and the words behind it, of which it takes the first `maxTerms`. The path may stand in double quotes to
 * hold white space, and then holds no double quote; quotes that do not enclose a whole word are part of it.
 */
export function parseAttachWords(rest: string, maxTerms: number = Infinity): AttachWords {
  const quoted = /^"([^"]+)"(?:\s+|$)/.exec(rest);
  const [taken = '', path = ''] = quoted ?? /^(\S*)\s*/.exec(rest) ?? [];
  return { path, terms: firstWords(rest.slice(taken.length), maxTerms) };
}
