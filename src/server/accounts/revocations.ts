import type { RevocationListener, Revoked } from './accounts.ts';

/** Who wants to hear when something that let a name in is revoked. */
export class Revocations {
  readonly #listeners = new Map<string, Set<RevocationListener>>();

  /** Gives the way to stop. */
  listen(name: string, listener: RevocationListener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Wrapped, so that one function given twice is two listeners.
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
