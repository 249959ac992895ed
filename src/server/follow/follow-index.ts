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
  /** Counts what was added and removed. */
  changes = 0;
  /** How many followers all look-ups together have found. */
  #found = 0;
  /** By id: what `#found` was when this follower was found last. -1: not yet. */
  readonly #foundAt: number[] = [];

  /** Returns an id for `follower`, which is theirs until `exit`. */
  enter(follower: Follower): number {
    const id = this.#freeIds.pop() ?? this.#followers.length;
    this.#followers[id] = follower;
    this.#foundAt[id] = -1;
    return id;
  }

  /** Remove all keys before. */
  exit(id: number): void {
    this.#followers[id] = undefined;
    this.#freeIds.push(id);
  }

  /** A follower who holds the key already must not add it again. */
  add(key: string, id: number): void {
    this.changes++;
    const known = this.#ids.get(key);
    if (known === undefined) {
      this.#ids.set(key, id);
      if (isPhrase(key)) this.#phrases.add(key);
      this.#filter.add(key);
    } else if (typeof known === 'number') this.#ids.set(key, [known, id]);
    else if (known.push(id) === popularFrom) this.#popular.add(key);
  }

  /** Idempotent. */
  remove(key: string, id: number): void {
    this.changes++;
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
    const followers: Follower[] = [];
    const masks: number[] = [];
    const before = this.#found;
    for (let n = 0; n < keys.length; n++) {
      const bit = keys.length <= maskedKeys ? 1 << n : 0;
      const known = this.#ids.get(keys[n] ?? '') ?? [];
      for (const id of typeof known === 'number' ? [known] : known) {
        const at = (this.#foundAt[id] ?? -1) - before;
        const follower = this.#followers[id];
        if (at >= 0) masks[at] = (masks[at] ?? 0) | bit;
        else if (follower !== undefined) {
          this.#foundAt[id] = this.#found++;
          followers.push(follower);
          masks.push(bit);
        }
      }
    }
    return { followers, masks };
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
