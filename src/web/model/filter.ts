import type { Entry } from '../../client/client.ts';
import { foldWord } from '../../protocol/folding.ts';
import { matchesIn } from '../../protocol/matches.ts';
import { isUserName } from '../../protocol/names.ts';
import { termProblem } from '../../protocol/terms.ts';

/** What the timeline shows; its address says so. */
export type Filter =
  | { readonly kind: 'all' }
  /** What a term brings: a word, or `@name`. */
  | { readonly kind: 'term'; readonly term: string }
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
  return everything;
}

export function addressOf(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return '/';
    case 'term':
      return `/?term=${encodeURIComponent(filter.term)}`;
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
  }
}

/** Whether `term` brings `entry`, or would. */
export function carries(entry: Entry, term: string): boolean {
  const key = foldWord(term);
  if (key === `@${entry.from}` || entry.matched.some((matched) => foldWord(matched) === key)) return true;
  if (entry.to !== undefined || entry.kind !== 'message') return false;
  return term === '*' || matchesIn(entry.text, [term]).length > 0;
}
