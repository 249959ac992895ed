/**
 * The subscriptions of everybody online: key -> followers. Live delivery asks only this index. It changes only in
 * synchronous calls, so a message sees all of a change or nothing. The cost of matching depends on the message's keys and
 * recipients, not on other followers. A follower may be any value but a `Set`.
 */
export class FollowIndex<Follower> {
  /** Most keys (names, private keys) have one follower. A set for each would take most of the memory. */
  readonly #followers = new Map<string, Follower | Set<Follower>>();

  /** Idempotent. */
  add(key: string, follower: Follower): void {
    const known = this.#followers.get(key);
    if (known === undefined) this.#followers.set(key, follower);
    else if (known instanceof Set) known.add(follower);
    else if (known !== follower) this.#followers.set(key, new Set([known, follower]));
  }

  /** Idempotent. */
  remove(key: string, follower: Follower): void {
    const known = this.#followers.get(key);
    if (known === follower) this.#followers.delete(key);
    if (!(known instanceof Set)) return;
    known.delete(follower);
    const [only] = known;
    if (known.size === 1 && only !== undefined) this.#followers.set(key, only);
  }

  /** Returns each follower once. */
  followersOf(key: string): Iterable<Follower> {
    const known = this.#followers.get(key);
    if (known === undefined) return [];
    return known instanceof Set ? known : [known];
  }

  /** Whether anybody other than `except` follows the key. */
  isFollowed(key: string, except?: Follower): boolean {
    const known = this.#followers.get(key);
    return known !== undefined && known !== except;
  }
}
