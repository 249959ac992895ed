import type { RevocationListener, Revoked } from './accounts.ts';

interface Listening {
  readonly listener: RevocationListener;
  readonly tokenInUse: () => number | undefined;
}

/** Listeners for revocations, by account name. */
export class Revocations {
  readonly #listeners = new Map<string, Set<Listening>>();

  /** Returns a function that removes the listener. `tokenInUse` returns the id of the token by which it is here, if any. */
  listen(
    name: string,
    listener: RevocationListener,
    tokenInUse: () => number | undefined = () => undefined,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // An object of its own, so that a function that is added twice is two listeners.
    const own: Listening = { listener, tokenInUse };
    listeners.add(own);
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
    };
  }

  tell(name: string, what: Revoked): void {
    for (const { listener } of [...(this.#listeners.get(name) ?? [])]) listener(what);
  }

  /** The ids of the tokens by which the listeners of `name` are here. */
  tokensInUse(name: string): number[] {
    return [...(this.#listeners.get(name) ?? [])].flatMap(({ tokenInUse }) => tokenInUse() ?? []);
  }
}
