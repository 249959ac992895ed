import { all, keyOfTerm, nameKey, privateFrom, privateTo } from '../log/keys.ts';
import type { KeySpan } from '../log/log.ts';
import type { FollowIndex } from './follow-index.ts';

export type FollowAnswer = 'followed' | 'already' | 'too-many';
export type UnfollowAnswer = 'unfollowed' | 'not-following' | 'everybody-must' | 'oneself';

/** Ended spans kept for one user; the oldest go first. */
const endedSpansKept = 4096;

/**
 * What one user follows, and since when. Live delivery goes by the index, which this keeps up to date; catching
 * up and history go by the spans, which say for which positions each key was held: so a message that was missed
 * reaches exactly those whom it would have reached.
 */
export class Follows<Follower> {
  readonly #index: FollowIndex<Follower>;
  readonly #follower: Follower;
  readonly #position: () => number;
  readonly #mostTerms: number;
  readonly #self: string;
  /** In the order of following, by key: the term as it was typed, and after which position it counts. */
  readonly #terms = new Map<string, { readonly term: string; readonly after: number }>();
  readonly #joined: number;
  readonly #privateKeys: readonly string[];
  #ended: KeySpan[] = [];
  /** The position up to which things are held: for ever, until `leave`. */
  #through = Infinity;

  /** `position` tells the position of the newest entry that has been delivered. */
  constructor(options: {
    readonly index: FollowIndex<Follower>;
    readonly follower: Follower;
    readonly name: string;
    readonly position: () => number;
    readonly mostTerms: number;
  }) {
    this.#index = options.index;
    this.#follower = options.follower;
    this.#position = options.position;
    this.#mostTerms = options.mostTerms;
    this.#self = nameKey(options.name);
    this.#joined = options.position();
    this.#privateKeys = [privateTo(options.name), privateFrom(options.name)];
    for (const key of this.#privateKeys) this.#index.add(key, this.#follower);
    this.#add(this.#self, this.#self);
    this.#add(all, all);
  }

  /** The terms as they were typed, in the order of following. */
  get terms(): string[] {
    return [...this.#terms.values()].map(({ term }) => term);
  }

  follow(term: string): FollowAnswer {
    const key = keyOfTerm(term);
    if (this.#terms.has(key)) return 'already';
    if (this.#terms.size >= this.#mostTerms) return 'too-many';
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
   * Puts `terms` in place of what is followed now, in front of oneself and all: how a list begins (asn3). Terms
   * given twice count once; those beyond the limit are left out and returned.
   */
  begin(terms: readonly string[]): string[] {
    for (const key of [...this.#terms.keys()]) this.#drop(key);
    const left: string[] = [];
    // Oneself and all come last in the list and always have room.
    for (const term of terms) {
      const key = keyOfTerm(term);
      if (key === this.#self || key === all || this.#terms.has(key)) continue;
      if (this.#terms.size + 2 >= this.#mostTerms) left.push(term);
      else this.#add(key, term);
    }
    this.#add(this.#self, this.#self);
    this.#add(all, all);
    return left;
  }

  /** For which positions each key was held, those that are held no more included. */
  spans(): KeySpan[] {
    const held = [...this.#terms].map(([key, { after }]) => ({ key, after, through: this.#through }));
    const own = this.#privateKeys.map((key) => ({ key, after: this.#joined, through: this.#through }));
    return [...this.#ended, ...held, ...own];
  }

  /** Takes everything out of the index. The spans stay readable, and end here. */
  leave(): void {
    this.#through = this.#position();
    for (const key of [...this.#terms.keys(), ...this.#privateKeys]) this.#index.remove(key, this.#follower);
  }

  #add(key: string, term: string): void {
    this.#terms.set(key, { term, after: this.#position() });
    this.#index.add(key, this.#follower);
  }

  #drop(key: string): boolean {
    const held = this.#terms.get(key);
    if (held === undefined) return false;
    this.#terms.delete(key);
    this.#index.remove(key, this.#follower);
    const through = this.#position();
    // A span in which nothing was delivered holds nothing.
    if (through > held.after) this.#ended.push({ key, after: held.after, through });
    if (this.#ended.length > endedSpansKept) this.#ended = this.#ended.slice(-endedSpansKept / 2);
    return true;
  }
}
