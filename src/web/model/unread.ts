import type { Entry } from '../../client/client.ts';
import { foldWord } from '../../protocol/folding.ts';
import { type Filter, isShown } from './filter.ts';

/** The oldest of more are taken for seen. Counts are shown up to 999. */
const maxUnread = 5_000;

/** What came while nobody looked: counts by followed term, by person, and in all. */
export class Unread {
  #entries: Entry[] = [];
  #changes = 0;
  readonly #terms = new Map<string, number>();
  readonly #people = new Map<string, number>();

  /** Grows when a count changes. */
  get changes(): number {
    return this.#changes;
  }

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
    this.#changes++;
    this.#entries.push(entry);
    this.#count(entry, 1);
    const oldest = this.#entries.length > maxUnread ? this.#entries.shift() : undefined;
    if (oldest !== undefined) this.#count(oldest, -1);
  }

  /**
   * Somebody has looked at what `filter` shows, up to a position; what is not after another one is known to be something
   * else. Returns whether that changes anything.
   */
  seen(filter: Filter, through = Number.POSITIVE_INFINITY, after = -1): boolean {
    const left: Entry[] = [];
    for (const entry of this.#entries) {
      const position = entry.position ?? 0;
      if (position > after && position <= through && isShown(filter, entry)) this.#count(entry, -1);
      else left.push(entry);
    }
    const isChanged = left.length < this.#entries.length;
    this.#entries = left;
    if (isChanged) this.#changes++;
    return isChanged;
  }

  #count({ from, to, matched }: Entry, by: number): void {
    if (to !== undefined) change(this.#people, from, by);
    for (const term of matched) change(this.#terms, foldWord(term), by);
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
