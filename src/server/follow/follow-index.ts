/**
 * Who follows what: key -> followers. The only place that delivery asks, and it changes only in synchronous
 * calls, so a message sees either all of a change or nothing of it. Finding the followers of a message costs
 * its keys and its recipients, however many others follow other keys. A follower is anything but a `Set`.
 */
export class FollowIndex<Follower> {
  /** Most keys have one follower: all names do, and all private keys. A set for each would be most of the memory. */
  readonly #followers = new Map<string, Follower | Set<Follower>>();

  /** Adds the pair; nothing happens when it is there. */
  add(key: string, follower: Follower): void {
    const known = this.#followers.get(key);
    if (known === undefined) this.#followers.set(key, follower);
    else if (known instanceof Set) known.add(follower);
    else if (known !== follower) this.#followers.set(key, new Set([known, follower]));
  }

  /** Takes the pair out; nothing happens when it is not there. */
  remove(key: string, follower: Follower): void {
    const known = this.#followers.get(key);
    if (known === follower) this.#followers.delete(key);
    if (!(known instanceof Set)) return;
    known.delete(follower);
    const [only] = known;
    if (known.size === 1 && only !== undefined) this.#followers.set(key, only);
  }

  /** Each once; none when nobody follows. */
  followersOf(key: string): Iterable<Follower> {
    const known = this.#followers.get(key);
    if (known === undefined) return [];
    return known instanceof Set ? known : [known];
  }

  /** Whether anybody but `except` follows. */
  isFollowed(key: string, except?: Follower): boolean {
    const known = this.#followers.get(key);
    return known !== undefined && known !== except;
  }
}
