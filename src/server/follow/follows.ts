import type { KeySpan } from '../messages/keys.ts';
import { all, commonOf, keyOfTerm, nameKey, privateFrom, privateTo } from '../messages/keys.ts';
import type { FollowIndex } from './follow-index.ts';

export type FollowAnswer = 'followed' | 'already' | 'too-many';
export type UnfollowAnswer = 'unfollowed' | 'not-following' | 'everybody-must' | 'oneself';

/** Behind every other; larger ones take memory of their own in V8. */
const lastOrder = 2 ** 30;

/** Ended spans kept for one user; the oldest go first. */
const endedSpansKept = 4096;

/** A key that was held, and the term that was typed for it. */
export interface TermSpan extends KeySpan {
  readonly term: string;
}

interface Held {
  readonly term: string;
  readonly after: number;
  /** Counts the user's follows, in the order in which they began. */
  readonly order: number;
}

/** A follow with its place among the others, which it keeps when it ends and over a restart. */
interface Placed extends TermSpan {
  readonly order: number;
}

export interface FollowsOptions<Follower> {
  readonly index: FollowIndex<Follower>;
  readonly follower: Follower;
  readonly name: string;
  /** Knows the position of the newest entry that has been delivered. */
  readonly hub: { readonly position: number };
  readonly maxTerms: number;
  /** Whose follows began earlier: behind which position the own keys count, and what was followed since. */
  readonly since?: { readonly after: number; readonly spans: readonly TermSpan[] };
}

/** What `begin` changed. */
export interface Begun {
  /** Terms for which there was no room. */
  readonly left: readonly string[];
  readonly followed: readonly string[];
  readonly unfollowed: readonly string[];
}

/**
 * What one user follows, and since when. Live delivery goes by the index, which this keeps up to date; catching
 * up and history go by the spans, which say for which positions each key was held: so a message that was missed
 * reaches exactly those whom it would have reached.
 */
export class Follows<Follower> {
  readonly #index: FollowIndex<Follower>;
  readonly #follower: Follower;
  readonly #hub: FollowsOptions<Follower>['hub'];
  readonly #maxTerms: number;
  readonly #name: string;
  readonly #self: string;
  /** In the order of following, by key: the term as it was typed, and after which position it counts. */
  readonly #terms = new Map<string, Held>();
  #lastOrder = 0;
  /** The own keys count for positions greater than this. */
  readonly joinedAfter: number;
  #ended: Placed[] = [];
  /** No ended span reaches further than this. */
  #endedThrough = 0;
  /** The position up to which things are held: for ever, until `leave`. */
  #through = Infinity;

  constructor(options: FollowsOptions<Follower>) {
    const { name, since } = options;
    this.#index = options.index;
    this.#follower = options.follower;
    this.#hub = options.hub;
    this.#maxTerms = options.maxTerms;
    this.#name = name;
    this.#self = nameKey(name);
    this.joinedAfter = since?.after ?? options.hub.position;
    for (const key of this.#privateKeys()) this.#index.add(key, this.#follower);
    for (const span of since?.spans ?? []) {
      if (span.through === Infinity) this.#add(span.key, span.term, span.after);
      else this.#keepEnded({ ...span, order: ++this.#lastOrder });
    }
    this.#add(this.#self, this.#self, this.joinedAfter);
    this.#add(all, all, this.joinedAfter);
  }

  /** The terms as they were typed, in the order of following. */
  get terms(): string[] {
    return [...this.#terms.values()].map(({ term }) => term);
  }

  /** What was typed for `key`, while it is held. */
  termOf(key: string): string | undefined {
    return this.#terms.get(key)?.term;
  }

  /** Behind which position `key` counts, while it is held. */
  heldAfter(key: string): number | undefined {
    return this.#terms.get(key)?.after;
  }

  follow(term: string): FollowAnswer {
    const key = keyOfTerm(term);
    if (this.#terms.has(key)) return 'already';
    if (this.#terms.size >= this.#maxTerms) return 'too-many';
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
   * given twice count once; what was followed before goes on.
   */
  begin(terms: readonly string[]): Begun {
    const wanted = new Map<string, string>();
    const left: string[] = [];
    for (const term of terms) {
      const key = keyOfTerm(term);
      if (key === this.#self || key === all || wanted.has(key)) continue;
      // Oneself and all come last in the list and always have room.
      if (wanted.size + 2 >= this.#maxTerms) left.push(term);
      else wanted.set(key, term);
    }
    wanted.set(this.#self, this.#self).set(all, all);
    const unfollowed: string[] = [];
    for (const [key, { term }] of [...this.#terms]) {
      if (wanted.has(key)) continue;
      this.#drop(key);
      unfollowed.push(term);
    }
    const followed: string[] = [];
    for (const [key, term] of wanted) {
      const held = this.#terms.get(key);
      this.#terms.delete(key);
      if (held === undefined) {
        this.#add(key, term);
        followed.push(term);
      } else this.#terms.set(key, held);
    }
    return { left, followed, unfollowed };
  }

  /** The terms for those of `keys` that were held at `position`, in the order in which their follows began. */
  matched(keys: ReadonlySet<string>, position: number): string[] {
    const matched: (Held | Placed)[] = [];
    if (position <= this.#endedThrough) {
      for (const span of this.#ended) {
        if (position > span.after && position <= span.through && keys.has(span.key)) matched.push(span);
      }
    }
    if (position <= this.#through) {
      for (const [key, held] of this.#terms) {
        if (position > held.after && keys.has(key)) matched.push(held);
      }
    }
    return inOrder(matched).map(({ term }) => term);
  }

  /** As `matched`, for all the keys of an entry. */
  matchedAmong(keys: readonly string[], position: number): string[] {
    // Of a long text the fewest are anything to this user.
    if (keys.length <= this.#terms.size + this.#ended.length) return this.matched(new Set(keys), position);
    const held = [...this.#terms.keys(), ...this.#ended.map(({ key }) => key)];
    return this.matched(commonOf(keys, held), position);
  }

  /** What is followed now, without oneself and all, and what was, in the order in which it began. */
  history(): TermSpan[] {
    const isTyped = ({ key }: TermSpan): boolean => key !== this.#self && key !== all;
    return inOrder([...this.#ended, ...this.#held().filter(isTyped)]).map(
      ({ key, term, after, through }) => ({ key, term, after, through }),
    );
  }

  /** For which positions each key was held, those that are held no more included. */
  spans(): KeySpan[] {
    const through = this.#through;
    const own = this.#privateKeys().map((key) => ({ key, after: this.joinedAfter, through }));
    return [...this.#ended, ...this.#held(), ...own];
  }

  /** Takes everything out of the index. The spans stay readable, and end here. */
  leave(): void {
    this.#through = this.#hub.position;
    for (const key of [...this.#terms.keys(), ...this.#privateKeys()])
      this.#index.remove(key, this.#follower);
  }

  #privateKeys(): readonly string[] {
    return [privateTo(this.#name), privateFrom(this.#name)];
  }

  #held(): Placed[] {
    return [...this.#terms].map(([key, held]) => ({ key, ...held, through: this.#through }));
  }

  #add(key: string, term: string, after = this.#hub.position): void {
    // Whenever one comes back, oneself and all are added anew, so they count as the last.
    const isOwn = key === this.#self || key === all;
    const order = isOwn ? lastOrder : ++this.#lastOrder;
    this.#terms.set(key, { term, after, order });
    this.#index.add(key, this.#follower);
  }

  #drop(key: string): boolean {
    const held = this.#terms.get(key);
    if (held === undefined) return false;
    this.#terms.delete(key);
    this.#index.remove(key, this.#follower);
    const through = this.#hub.position;
    // A span in which nothing was delivered holds nothing.
    if (through > held.after) this.#keepEnded({ key, ...held, through });
    return true;
  }

  #keepEnded(span: Placed): void {
    this.#ended.push(span);
    this.#endedThrough = Math.max(this.#endedThrough, span.through);
    if (this.#ended.length > endedSpansKept) this.#ended = this.#ended.slice(-endedSpansKept / 2);
  }
}

function inOrder<One extends { readonly order: number }>(follows: One[]): One[] {
  // Sorting is stable: oneself stays in front of all.
  return follows.length > 1 ? follows.sort((one, other) => one.order - other.order) : follows;
}
