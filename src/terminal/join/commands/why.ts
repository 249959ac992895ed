import { isPhrase } from '../../../protocol/terms.ts';
import type { Entry } from '../../entry-line.ts';

/** Says what brought an entry to `reader`; `when` is its time. */
export function whyOf(entry: Entry, reader: string, when: string): string {
  const line = `The line of @${entry.from} at ${when}`;
  if (entry.isOwn) return `${line} is your own, from another device or an earlier time.`;
  if (entry.to !== undefined) return `${line} was sent to you alone.`;
  // CHAT/1.0 does not tell.
  if (entry.matched.length === 0) return `${line} reached you; by what is not known.`;
  const followed = entry.matched.filter((term) => ![`@${reader}`, '@all', '*'].includes(term));
  const reasons: string[] = [];
  if (followed.length > 0) reasons.push(`you follow ${listed(followed.map(named))}`);
  if (entry.matched.includes('*')) reasons.push('you follow everything (*)');
  if (entry.matched.includes(`@${reader}`)) reasons.push('it names you');
  if (entry.matched.includes('@all')) reasons.push('it is for everybody (@all)');
  return `${line} reached you because ${listed(reasons)}.`;
}

function named(term: string): string {
  return term.startsWith('@') || isPhrase(term) ? term : `"${term}"`;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
