import { wordsOfPhrase } from '../../protocol/terms.ts';

interface Node {
  readonly phrases: Set<string>;
  readonly next: Map<string, Node>;
}

/**
 * The phrases that anybody follows, in a tree of their words, the longest first, which few texts carry. A text walks down by
 * the words that it carries: it costs one look-up for each of them where it carries the longest word of no phrase, and never
 * more than there are words in all phrases, however many have the same words.
 */
export class PhraseIndex {
  readonly #root: Node = { phrases: new Set(), next: new Map() };

  /** `phrase` is a key. Idempotent, as `remove` is. */
  add(phrase: string): void {
    let node = this.#root;
    for (const word of rarestFirst(phrase)) {
      const known = node.next.get(word);
      const next = known ?? { phrases: new Set<string>(), next: new Map<string, Node>() };
      if (known === undefined) node.next.set(word, next);
      node = next;
    }
    node.phrases.add(phrase);
  }

  remove(phrase: string): void {
    removeFrom(this.#root, phrase, rarestFirst(phrase), 0);
  }

  /** Returns the phrases all of whose words are among `keys`. */
  among(keys: readonly string[]): string[] {
    const { next } = this.#root;
    if (next.size === 0 || !keys.some((key) => next.has(key))) return [];
    const found: string[] = [];
    collect(this.#root, new Set(keys), found);
    return found;
  }
}

function removeFrom(node: Node, phrase: string, words: readonly string[], at: number): void {
  const word = words[at];
  if (word === undefined) {
    node.phrases.delete(phrase);
    return;
  }
  const next = node.next.get(word);
  if (next === undefined) return;
  removeFrom(next, phrase, words, at + 1);
  if (next.phrases.size === 0 && next.next.size === 0) node.next.delete(word);
}

function collect({ phrases, next }: Node, carried: ReadonlySet<string>, found: string[]): void {
  found.push(...phrases);
  if (next.size === 0) return;
  if (next.size < carried.size) {
    for (const [word, node] of next) if (carried.has(word)) collect(node, carried, found);
    return;
  }
  for (const word of carried) {
    const node = next.get(word);
    if (node !== undefined) collect(node, carried, found);
  }
}

/** The words of a phrase, each once. */
function rarestFirst(phrase: string): string[] {
  return [...new Set(wordsOfPhrase(phrase))].sort(
    (one, other) => other.length - one.length || (one < other ? -1 : 1),
  );
}
