import type { Entry } from '../../client/client.ts';
import { foldWord } from '../../protocol/folding.ts';
import { type Filter, isShown } from './filter.ts';

/** What came while nobody looked: counts by followed term, by person, and in all. */
export class Unread {
  #entries: Entry[] = [];
  readonly #terms = new Map<string, number>();
  readonly #people = new Map<string, number>();

  get total(): number {
    return this.#entries.length;
  }

  ofTerm(term: string): number {
    return this.#terms.get(foldWord(term)) ?? 0;
  }

  /** Private messages from `name`. */
  from(name: string): number {
    return this.#people.get(name) ?? 0;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#count(entry, 1);
  }

  /** Somebody has looked at what `filter` shows. Returns whether that changes anything. */
  seen(filter: Filter): boolean {
    const left: Entry[] = [];
    for (const entry of this.#entries) {
      if (isShown(filter, entry)) this.#count(entry, -1);
      else left.push(entry);
    }
    const isChanged = left.length < this.#entries.length;
    this.#entries = left;
    return isChanged;
  }

  #count({ from, to, matched }: Entry, by: number): void {
    if (to !== undefined) this.#people.set(from, this.from(from) + by);
    for (const term of matched) this.#terms.set(foldWord(term), this.ofTerm(term) + by);
  }
}
