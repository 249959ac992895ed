import { isReservedName, isUserName } from '../../protocol/names.ts';
import { wordsOf } from '../../protocol/words.ts';
import { nameKey } from '../messages/keys.ts';
import type { Registry } from '../users/registry.ts';

/** Maximum number of distinct names that a text mentions and that are looked up. */
const namesLookedUp = 20;

const mention = /@([A-Za-z0-9_.-]+)/g;

/** Whether `text` may mention somebody: a fast test that says no for most texts. */
export function mayMention(text: string): boolean {
  return text.includes('@');
}

/**
 * Returns the names whom `text` means though it writes them in another case: of each `@Name` that it carries and that
 * nobody has, the one name that differs from it in case only, if there is exactly one.
 */
export async function meantNames(text: string, registry: Registry): Promise<readonly string[]> {
  const written = new Map<string, string>();
  const looked = new Set<string>();
  for (const [, found = ''] of text.matchAll(mention)) {
    const name = found.replace(/(?<![^A-Za-z0-9])[^A-Za-z0-9]+$/, '');
    if (looked.has(name) || !isUserName(name) || isReservedName(name)) continue;
    if (looked.size >= namesLookedUp) break;
    looked.add(name);
    const like = await registry.namesLike(name);
    const [only] = like;
    if (only !== undefined && like.length === 1 && only !== name) written.set(name, only);
  }
  if (written.size === 0) return [];
  const carried = wordsOf(text);
  return [...new Set([...written].filter(([name]) => carried.has(nameKey(name))).map(([, meant]) => meant))];
}
