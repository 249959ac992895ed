/** Called after a change; `mayWait` when it came from others, and many may come at once. */
export type OnChange = (mayWait: boolean) => void;

/** Something that changes, and that views follow. */
export class Changes {
  readonly #listeners = new Set<OnChange>();

  /** Calls `listener` after each change, until the function that is returned is called. */
  subscribe(listener: OnChange): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  changed(mayWait = false): void {
    for (const listener of this.#listeners) listener(mayWait);
  }
}
