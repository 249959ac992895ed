/** Something that changes, and that views follow. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  /** Calls `listener` after each change, until the function that is returned is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
