import type { Entry } from '../../client/client.ts';
import { termWords } from '../../protocol/commands/term-list.ts';
import { foldWord } from '../../protocol/folding.ts';
import { matchesIn } from '../../protocol/matches.ts';
import { isUserName } from '../../protocol/names.ts';
import { textCarries } from '../../protocol/phrases.ts';
import { keyOfTerm, termProblem } from '../../protocol/terms.ts';

/** What the timeline shows; its address says so. */
export type Filter =
  | { readonly kind: 'all' }
  /** What a term brings: a word, or `@name`. */
  | { readonly kind: 'term'; readonly term: string }
  /** What carries all of these terms, private messages too; one to eight. */
  | { readonly kind: 'search'; readonly terms: readonly string[] }
  /** The private messages with one person. */
  | { readonly kind: 'with'; readonly name: string };

export const everything: Filter = { kind: 'all' };

/** The filter in the query of an address; one that is none shows everything. */
export function filterOf(search: string): Filter {
  const query = new URLSearchParams(search);
  const name = query.get('with');
  if (name !== null && isUserName(name)) return { kind: 'with', name };
  const term = query.get('term');
  if (term !== null && termProblem(term) === undefined) return { kind: 'term', term };
  const searched = query.get('search');
  const found = searched === null ? undefined : searchOf(searched);
  return found === undefined || 'problem' in found ? everything : found;
}

/** As many as `!search` of `join` takes. */
const maxTerms = 8;

/** What somebody searches for: words, and phrases in quotes; or why it cannot be, in words for people. */
export function searchOf(typed: string): Filter | { readonly problem: string } {
  // No term has a comma, and people put some between words.
  const terms = termWords(typed.replaceAll(',', ' '), maxTerms + 1);
  if (terms.length === 0) return { problem: 'Type a word to search for' };
  if (terms.length > maxTerms) return { problem: `A search takes ${maxTerms} words at most` };
  const problem = terms.map(termProblem).find((each) => each !== undefined);
  return problem === undefined ? { kind: 'search', terms } : { problem };
}

export function addressOf(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return '/';
    case 'term':
      return `/?term=${encodeURIComponent(filter.term)}`;
    case 'search':
      return `/?search=${encodeURIComponent(filter.terms.join(' '))}`;
    case 'with':
      return `/?with=${encodeURIComponent(filter.name)}`;
  }
}

export function isSameFilter(one: Filter, other: Filter): boolean {
  return addressOf(one) === addressOf(other);
}

export function isShown(filter: Filter, entry: Entry): boolean {
  switch (filter.kind) {
    case 'all':
      return true;
    case 'with':
      return entry.to !== undefined && (entry.from === filter.name || entry.to === filter.name);
    case 'term':
      return carries(entry, filter.term);
    case 'search':
      return filter.terms.every((term) => contains(entry, term));
  }
}

/** Whether `term` brings `entry`, or would. */
export function carries(entry: Entry, term: string): boolean {
  const key = foldWord(term);
  if (key === `@${entry.from}` || entry.matched.some((matched) => foldWord(matched) === key)) return true;
  if (entry.to !== undefined || entry.kind !== 'message') return false;
  return term === '*' || matchesIn(entry.text, [term]).length > 0;
}

/** Whether `entry` has `term`, as far as its receivers can know: not the terms that a file was sent to. */
function contains(entry: Entry, term: string): boolean {
  const key = keyOfTerm(term);
  if (key === '*' || key === `@${entry.from}`) return true;
  if (entry.matched.some((matched) => keyOfTerm(matched) === key)) return true;
  return entry.kind === 'message' && textCarries(entry.text, key);
}
