import { wordsOfPhrase } from '../../protocol/terms.ts';

/**
 * The phrases that anybody follows, each under two of its words: the **anchor**, its longest word, which few texts carry,
 * and its **partner**, the next longest. A text that does not carry both costs one look-up for each of its words, however
 * many phrases have the same anchor.
 */
export class PhraseIndex {
  readonly #byAnchor = new Map<string, Map<string, Set<string>>>();

  /** `phrase` is a key. Idempotent, as `remove` is. */
  add(phrase: string): void {
    const [anchor, partner] = rarestWords(phrase);
    const partners = this.#byAnchor.get(anchor) ?? new Map<string, Set<string>>();
    this.#byAnchor.set(anchor, partners);
    const phrases = partners.get(partner);
    if (phrases === undefined) partners.set(partner, new Set([phrase]));
    else phrases.add(phrase);
  }

  remove(phrase: string): void {
    const [anchor, partner] = rarestWords(phrase);
    const partners = this.#byAnchor.get(anchor);
    const phrases = partners?.get(partner);
    phrases?.delete(phrase);
    if (phrases?.size === 0) partners?.delete(partner);
    if (partners?.size === 0) this.#byAnchor.delete(anchor);
  }

  /** Returns the phrases whose anchor and partner are among `keys`. */
  among(keys: readonly string[]): string[] {
    if (this.#byAnchor.size === 0 || !keys.some((key) => this.#byAnchor.has(key))) return [];
    const found: string[] = [];
    const carried = new Set(keys);
    for (const anchor of carried) {
      const partners = this.#byAnchor.get(anchor);
      if (partners === undefined) continue;
      const [fewer, other] = partners.size < carried.size ? [partners.keys(), carried] : [carried, partners];
      for (const word of fewer) if (other.has(word)) found.push(...(partners.get(word) ?? []));
    }
    return found;
  }
}

function rarestWords(phrase: string): readonly [string, string] {
  const [anchor = '', partner = ''] = wordsOfPhrase(phrase).sort((one, other) => other.length - one.length);
  return [anchor, partner];
}
