import { isPhrase } from '../../protocol/terms.ts';
import { KeyFilter } from './key-filter.ts';
import { PhraseIndex } from './phrase-index.ts';

/** Everybody who holds one of some keys. */
export interface Holders<Follower> {
  /** Each follower once. */
  readonly followers: readonly Follower[];
  /** Which of the keys each follower holds: bit n for the n-th key. 0 where there are more than `maskedKeys`. */
  readonly masks: readonly number[];
}

/** V8 would allocate larger masks on the heap. */
const maskedKeys = 30;
/** From so many holders on, a key is listed as popular. */
const popularFrom = 3;
/** Of more popular keys than this, the rest are not looked at. */
const comparedKeys = 2_000;
/** Beyond this many the marks begin again: in an hour, when a million are given a second. */
const maxMark = 2 ** 32 - 1;

/**
 * The subscriptions of everybody online: key -> followers. Live delivery asks only this index. It changes only in
 * synchronous calls, so a message sees all of a change or nothing. The cost of matching depends on the message's keys and
 * recipients, not on other followers. Followers have small numbers (ids), so that matching is work with integers.
 */
export class FollowIndex<Follower> {
  /** Most keys (names, private keys) have one follower. A list for each would take most of the memory. */
  readonly #ids = new Map<string, number | number[]>();
  readonly #phrases = new PhraseIndex();
  readonly #filter = new KeyFilter();
  readonly #followers: (Follower | undefined)[] = [];
  readonly #freeIds: number[] = [];
  /** The keys that at least `popularFrom` hold. */
  readonly #popular = new Set<string>();
  /** By id: the mark that this follower got last. */
  #marks = new Uint32Array(64);
  #lastMark: number;

  /** `lastMark`: as if so many marks had been given before. */
  constructor(lastMark = 0) {
    this.#lastMark = lastMark;
  }

  /** Returns an id for `follower`, which is theirs until `exit`. */
  enter(follower: Follower): number {
    const id = this.#freeIds.pop() ?? this.#followers.length;
    this.#followers[id] = follower;
    if (id >= this.#marks.length) {
      const marks = new Uint32Array(2 * id);
      marks.set(this.#marks);
      this.#marks = marks;
    }
    return id;
  }

  /** Remove all keys before. */
  exit(id: number): void {
    this.#followers[id] = undefined;
    this.#freeIds.push(id);
  }

  /** A follower who holds the key already must not add it again. */
  add(key: string, id: number): void {
    const known = this.#ids.get(key);
    if (known === undefined) {
      this.#ids.set(key, id);
      if (isPhrase(key)) this.#phrases.add(key);
      this.#filter.add(key);
      if (this.#filter.isCrowded) this.#filter.grow(this.#ids.keys());
    } else if (typeof known === 'number') this.#ids.set(key, [known, id]);
    else if (known.push(id) === popularFrom) this.#popular.add(key);
  }

  /** Idempotent. */
  remove(key: string, id: number): void {
    const known = this.#ids.get(key);
    if (known === id) {
      this.#ids.delete(key);
      if (isPhrase(key)) this.#phrases.remove(key);
      this.#filter.remove(key);
    }
    if (typeof known !== 'object') return;
    const at = known.indexOf(id);
    const last = at < 0 ? undefined : known.pop();
    if (last !== undefined && last !== id) known[at] = last;
    if (known.length < popularFrom) this.#popular.delete(key);
    const [only] = known;
    if (known.length === 1 && only !== undefined) this.#ids.set(key, only);
  }

  /** Returns everybody who holds one of `keys`, which are distinct. Later changes do not change the result. */
  holders(keys: readonly string[]): Holders<Follower> {
    const found: { followers: Follower[]; masks: number[] } = { followers: [], masks: [] };
    if (this.#lastMark + this.#followers.length > maxMark) {
      this.#marks.fill(0);
      this.#lastMark = 0;
    }
    const before = this.#lastMark;
    const isMasked = keys.length <= maskedKeys;
    for (let at = 0; at < keys.length; at++) {
      const known = this.#ids.get(keys[at] ?? '');
      const bit = isMasked ? 1 << at : 0;
      if (typeof known === 'number') this.#mark(known, bit, before, found);
      else if (known !== undefined)
        for (let next = 0; next < known.length; next++) this.#mark(known[next] ?? 0, bit, before, found);
    }
    return found;
  }

  /** Marks number the followers that are found, from `before` on. */
  #mark(
    id: number,
    bit: number,
    before: number,
    { followers, masks }: { followers: Follower[]; masks: number[] },
  ): void {
    const at = (this.#marks[id] ?? 0) - before - 1;
    if (at >= 0) {
      masks[at] = (masks[at] ?? 0) | bit;
      return;
    }
    const follower = this.#followers[id];
    if (follower === undefined) return;
    this.#marks[id] = ++this.#lastMark;
    followers.push(follower);
    masks.push(bit);
  }

  /** Returns the followed phrases that an entry with these keys may carry. */
  phrasesAmong(keys: readonly string[]): string[] {
    return this.#phrases.among(keys);
  }

  /** How many others than `except`, an id, hold the key. */
  countFollowers(key: string, except: number): number {
    const known = this.#ids.get(key);
    if (typeof known !== 'object') return known === undefined || known === except ? 0 : 1;
    return known.length - (known.includes(except) ? 1 : 0);
  }

  /** The keys that at least `least` hold, those with the most holders first; `least` is 3 or more. */
  popular(least: number): string[] {
    const counted: { key: string; count: number }[] = [];
    for (const key of this.#popular) {
      const known = this.#ids.get(key);
      const count = typeof known === 'object' ? known.length : 0;
      if (count >= least) counted.push({ key, count });
      if (counted.length >= comparedKeys) break;
    }
    return counted.sort((a, b) => b.count - a.count).map(({ key }) => key);
  }

  /** Whether anybody other than `except`, an id, follows the key. */
  isFollowed(key: string, except?: number): boolean {
    if (!this.#filter.mayHold(key)) return false;
    const known = this.#ids.get(key);
    return known !== undefined && known !== except;
  }
}
