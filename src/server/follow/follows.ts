import { isPhrase, keyOfTerm } from '../../protocol/terms.ts';
import { carriedOf } from '../messages/carried.ts';
import type { Entry } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';
import { all, nameKey, privateFrom, privateTo } from '../messages/keys.ts';
import { type FollowIndex, Holder } from './follow-index.ts';

export type FollowAnswer = 'followed' | 'already' | 'too-many' | 'too-many-phrases';
export type UnfollowAnswer = 'unfollowed' | 'not-following' | 'everybody-must' | 'oneself';

/** Ended spans kept for a user; beyond that the older half is dropped. */
const endedSpansKept = 4096;

/** A span with the term that was typed for its key. */
export interface TermSpan extends KeySpan {
  readonly term: string;
}

/** A current follow, without its key. */
type Held = Pick<TermSpan, 'term' | 'after'>;

export interface FollowsOptions<Follower> {
  readonly index: FollowIndex<Follower>;
  readonly follower: Follower;
  readonly name: string;
  /** `position` is that of the newest delivered entry. */
  readonly hub: { readonly position: number };
  readonly maxTerms: number;
  /** How many of them may be phrases. */
  readonly maxPhrases: number;
  /** Restores earlier follows: the own keys count after `after`, and `spans` are the follows since then. */
  readonly since?: { readonly after: number; readonly spans: readonly TermSpan[] };
}

/** The changes that `begin` made. */
export interface Begun {
  /** Terms that exceed `maxTerms` or `maxPhrases`. */
  readonly left: readonly string[];
  readonly followed: readonly string[];
  readonly unfollowed: readonly string[];
}

/**
 * One user's follows (subscriptions), current and ended. Live delivery uses the index, which this class updates. Catching
 * up and history use the spans, which record for which positions each key was held: a missed message therefore reaches
 * exactly the users that it would have reached live.
 */
export class Follows<Follower> {
  readonly #index: FollowIndex<Follower>;
  /** The follower in the index. */
  readonly holder: Holder<Follower>;
  readonly #hub: FollowsOptions<Follower>['hub'];
  readonly #maxTerms: number;
  readonly #maxPhrases: number;
  readonly #name: string;
  readonly #self: string;
  /** By key, in the order of following. */
  readonly #terms = new Map<string, Held>();
  /** How many current follows were typed in another way than their key. */
  #respelled = 0;
  /** The own keys count for positions greater than this. */
  readonly joinedAfter: number;
  #ended: TermSpan[] = [];
  /** The greatest `through` of the ended spans. */
  #endedThrough = 0;
  /** The `through` of all current follows: `Infinity` until `leave`. */
  #through = Infinity;

  constructor(options: FollowsOptions<Follower>) {
    const { name, since } = options;
    this.#index = options.index;
    this.holder = new Holder(options.follower);
    this.#hub = options.hub;
    this.#maxTerms = options.maxTerms;
    this.#maxPhrases = options.maxPhrases;
    this.#name = name;
    this.#self = nameKey(name);
    this.joinedAfter = since?.after ?? options.hub.position;
    for (const key of this.#privateKeys()) this.#index.add(key, this.holder);
    for (const span of since?.spans ?? []) {
      if (span.through === Infinity) this.#add(span.key, span.term, span.after);
      else this.#keepEnded(span);
    }
    this.#add(this.#self, this.#self, this.joinedAfter);
    this.#add(all, all, this.joinedAfter);
  }

  /** The terms as they were typed, in the order of following. */
  get terms(): string[] {
    return [...this.#terms.values()].map(({ term }) => term);
  }

  /** Returns the position after which `key` counts, while it is held. */
  heldAfter(key: string): number | undefined {
    return this.#terms.get(key)?.after;
  }

  follow(term: string): FollowAnswer {
    const key = keyOfTerm(term);
    if (this.#terms.has(key)) return 'already';
    if (this.#terms.size >= this.#maxTerms) return 'too-many';
    const phrases = [...this.#terms.keys()].filter(isPhrase);
    if (isPhrase(key) && phrases.length >= this.#maxPhrases) return 'too-many-phrases';
    this.#add(key, term);
    return 'followed';
  }

  unfollow(term: string): UnfollowAnswer {
    const key = keyOfTerm(term);
    if (key === all) return 'everybody-must';
    if (key === this.#self) return 'oneself';
    return this.#drop(key) ? 'unfollowed' : 'not-following';
  }

  /**
   * Replaces the current follows by `terms`, ordered before oneself and all, as a list begins (asn3). Duplicates count
   * once; follows that are in `terms` continue.
   */
  begin(terms: readonly string[]): Begun {
    const wanted = new Map<string, string>();
    const left: string[] = [];
    let phrases = 0;
    for (const term of terms) {
      const key = keyOfTerm(term);
      if (key === this.#self || key === all || wanted.has(key)) continue;
      // Two places are reserved for oneself and all.
      const isOneTooMany = isPhrase(key) && phrases === this.#maxPhrases;
      if (wanted.size + 2 >= this.#maxTerms || isOneTooMany) left.push(term);
      else {
        wanted.set(key, term);
        if (isPhrase(key)) phrases++;
      }
    }
    wanted.set(this.#self, this.#self).set(all, all);
    const others = [...this.#terms].filter(([key]) => !wanted.has(key));
    for (const [key] of others) this.#drop(key);
    const followed: string[] = [];
    for (const [key, term] of wanted) {
      const held = this.#terms.get(key);
      this.#terms.delete(key);
      if (held === undefined) {
        this.#add(key, term);
        followed.push(term);
      } else this.#terms.set(key, held);
    }
    return { left, followed, unfollowed: others.map(([, { term }]) => term) };
  }

  /** Returns the terms for those of `keys` that were held at `position`, sorted. */
  matched(keys: ReadonlySet<string>, position: number): string[] {
    const terms: string[] = [];
    if (position <= this.#endedThrough) {
      for (const { key, term, after, through } of this.#ended) {
        if (position > after && position <= through && keys.has(key)) terms.push(term);
      }
    }
    if (position <= this.#through) {
      for (const key of keys.size < this.#terms.size ? keys : this.#terms.keys()) {
        const held = this.#terms.get(key);
        if (held !== undefined && position > held.after && keys.has(key)) terms.push(held.term);
      }
    }
    return terms.sort();
  }

  /**
   * Returns a number that is the same for users for whom `matched` returns the same of the keys of `mask` (see `Holders`).
   * 0: as terms that are not the keys, or follows have ended since the entry was matched.
   */
  variantId(keys: readonly string[], mask: number, position: number): number {
    if (position <= this.#endedThrough) return 0;
    if (this.#respelled === 0) return mask;
    for (let bits = mask; bits !== 0; bits &= bits - 1) {
      const key = keys[31 - Math.clz32(bits & -bits)] ?? '';
      if (this.#terms.get(key)?.term !== key) return 0;
    }
    return mask;
  }

  /** As `matched`, for all that the entry carries. */
  matchedAmong(entry: Entry): string[] {
    const ended = entry.position > this.#endedThrough ? [] : this.#ended.map(({ key }) => key);
    const held = [...this.#terms.keys(), ...ended];
    return this.matched(carriedOf(entry, held), entry.position);
  }

  /** Returns ended and current follows, without oneself and all; the current ones in the order of following. */
  history(): TermSpan[] {
    return [...this.#ended, ...this.#held().filter(({ key }) => key !== this.#self && key !== all)];
  }

  /** Returns the spans of all keys, current and ended. */
  spans(): KeySpan[] {
    const through = this.#through;
    const own = this.#privateKeys().map((key) => ({ key, after: this.joinedAfter, through }));
    return [...this.#ended, ...this.#held(), ...own];
  }

  /** Removes the user from the index. The spans end here and stay readable. Idempotent. */
  leave(): void {
    if (this.#through < Infinity) return;
    this.#through = this.#hub.position;
    for (const key of [...this.#terms.keys(), ...this.#privateKeys()]) this.#index.remove(key, this.holder);
  }

  #privateKeys(): readonly string[] {
    return [privateTo(this.#name), privateFrom(this.#name)];
  }

  #held(): TermSpan[] {
    return [...this.#terms].map(([key, held]) => ({ key, ...held, through: this.#through }));
  }

  #add(key: string, term: string, after = this.#hub.position): void {
    if (this.#terms.has(key)) return;
    this.#assertHere();
    if (term !== key) this.#respelled++;
    this.#terms.set(key, { term, after });
    this.#index.add(key, this.holder);
  }

  #drop(key: string): boolean {
    const held = this.#terms.get(key);
    if (held === undefined) return false;
    this.#assertHere();
    this.#terms.delete(key);
    if (held.term !== key) this.#respelled--;
    this.#index.remove(key, this.holder);
    const through = this.#hub.position;
    // Drops an empty span.
    if (through > held.after) this.#keepEnded({ key, ...held, through });
    return true;
  }

  /** What is added after `leave` would stay in the index. */
  #assertHere(): void {
    if (this.#through < Infinity)
      throw new Error(`${this.#name} has left: their follows do not change any more`);
  }

  #keepEnded(span: TermSpan): void {
    this.#ended.push(span);
    this.#endedThrough = Math.max(this.#endedThrough, span.through);
    if (this.#ended.length > endedSpansKept) this.#ended = this.#ended.slice(-endedSpansKept / 2);
  }
}
