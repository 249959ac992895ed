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

/** Who may hold keys, of one index. */
export class Holder<Follower> {
  readonly follower: Follower;
  /** The number of the finding when a look-up found it last; -1: none has. */
  found = -1;

  constructor(follower: Follower) {
    this.follower = follower;
  }
}

/** As many keys as a mask has bits for. V8 would allocate a larger number on the heap. */
const maskedKeys = 30;
/** Keys that so many hold are popular. Of a key that fewer hold, nobody is told how many. */
export const leastHolders = 3;
/** Of more popular keys than this, the rest are not looked at. */
const comparedKeys = 2_000;

/**
 * The subscriptions of everybody online: key -> followers. Live delivery asks only this index. It changes only in
 * synchronous calls, so a message sees all of a change or nothing. The cost of matching depends on the message's keys and
 * recipients, not on other followers. A look-up marks each holder with a number, so it allocates nothing but its result.
 */
export class FollowIndex<Follower> {
  /** Most keys (names, private keys) have one follower. A list for each would take most of the memory. */
  readonly #holders = new Map<string, Holder<Follower> | Holder<Follower>[]>();
  readonly #phrases = new PhraseIndex();
  readonly #filter = new KeyFilter();
  readonly #popular = new Set<string>();
  /** Counts what was added and removed. */
  changes = 0;
  /** How many findings there were: a look-up finds each of its holders once. */
  #found = 0;

  /** Who holds the key already must not add it again. */
  add(key: string, holder: Holder<Follower>): void {
    this.changes++;
    const known = this.#holders.get(key);
    if (known === undefined) {
      this.#holders.set(key, holder);
      if (isPhrase(key)) this.#phrases.add(key);
      this.#filter.add(key);
    } else if (!Array.isArray(known)) this.#holders.set(key, [known, holder]);
    else if (known.push(holder) === leastHolders) this.#popular.add(key);
  }

  /** Idempotent. */
  remove(key: string, holder: Holder<Follower>): void {
    this.changes++;
    const known = this.#holders.get(key);
    if (known === holder) {
      this.#holders.delete(key);
      if (isPhrase(key)) this.#phrases.remove(key);
      this.#filter.remove(key);
    }
    if (!Array.isArray(known)) return;
    const at = known.indexOf(holder);
    if (at >= 0) known.splice(at, 1);
    if (known.length < leastHolders) this.#popular.delete(key);
    const [only] = known;
    if (known.length === 1 && only !== undefined) this.#holders.set(key, only);
  }

  /** Returns everybody who holds one of `keys`, which are distinct. Later changes do not change the result. */
  holders(keys: readonly string[]): Holders<Follower> {
    const followers: Follower[] = [];
    const masks: number[] = [];
    const before = this.#found;
    for (let n = 0; n < keys.length; n++) {
      const bit = keys.length <= maskedKeys ? 1 << n : 0;
      const known = this.#holders.get(keys[n] ?? '') ?? [];
      for (const holder of Array.isArray(known) ? known : [known]) {
        // Where this look-up has put it; less than 0: another one found it last.
        const at = holder.found - before;
        if (at >= 0) masks[at] = (masks[at] ?? 0) | bit;
        else {
          holder.found = this.#found++;
          followers.push(holder.follower);
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

  /** How many others than `except` hold the key. */
  countFollowers(key: string, except: Holder<Follower> | undefined): number {
    const known = this.#holders.get(key);
    if (!Array.isArray(known)) return known === undefined || known === except ? 0 : 1;
    return known.length - (except !== undefined && known.includes(except) ? 1 : 0);
  }

  /** The popular keys, those with the most holders first. */
  popular(): string[] {
    const compared = [...this.#popular.values().take(comparedKeys)];
    const counted = compared.map((key) => ({ key, count: this.countFollowers(key, undefined) }));
    return counted.sort((a, b) => b.count - a.count).map(({ key }) => key);
  }

  /** Whether anybody other than `except` follows the key. */
  isFollowed(key: string, except?: Holder<Follower>): boolean {
    if (!this.#filter.mayHold(key)) return false;
    const known = this.#holders.get(key);
    return known !== undefined && known !== except;
  }
}
