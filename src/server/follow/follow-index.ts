/**
 * Who follows what: key -> followers. The only place that delivery asks, and it changes only in synchronous
 * calls, so a message sees either all of a change or nothing of it. Finding the followers of a message costs
 * its keys and its recipients, however many others follow other keys.
 */
export class FollowIndex<Follower> {
  readonly #followers = new Map<string, Set<Follower>>();

  /** Adds the pair; nothing happens when it is there. */
  add(key: string, follower: Follower): void {
    const followers = this.#followers.get(key);
    if (followers === undefined) this.#followers.set(key, new Set([follower]));
    else followers.add(follower);
  }

  /** Takes the pair out; nothing happens when it is not there. */
  remove(key: string, follower: Follower): void {
    const followers = this.#followers.get(key);
    if (followers === undefined) return;
    followers.delete(follower);
    if (followers.size === 0) this.#followers.delete(key);
  }

  followersOf(key: string): ReadonlySet<Follower> | undefined {
    return this.#followers.get(key);
  }
}
