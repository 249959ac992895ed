import type { RevocationListener, Revoked } from './accounts.ts';

/** Listeners for revocations, by account name. */
export class Revocations {
  readonly #listeners = new Map<string, Set<RevocationListener>>();

  /** Returns a function that removes the listener. */
  listen(name: string, listener: RevocationListener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Wrapped, so that a function that is added twice is two listeners.
    const own: RevocationListener = (what) => listener(what);
    listeners.add(own);
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
    };
  }

  tell(name: string, what: Revoked): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(what);
  }
}
