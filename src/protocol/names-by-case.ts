/** A set of names that finds those that differ from a name in case only. Names are ASCII. */
export class NamesByCase {
  readonly #names = new Map<string, readonly string[]>();

  /** Idempotent. */
  add(name: string): void {
    const like = this.like(name);
    if (!like.includes(name)) this.#names.set(name.toLowerCase(), [...like, name]);
  }

  /** Idempotent. */
  delete(name: string): void {
    const left = this.like(name).filter((other) => other !== name);
    if (left.length > 0) this.#names.set(name.toLowerCase(), left);
    else this.#names.delete(name.toLowerCase());
  }

  /** Returns the names that are equal to `name` apart from case, itself included if it is one. */
  like(name: string): readonly string[] {
    return this.#names.get(name.toLowerCase()) ?? [];
  }
}
