/**
 * Waiting until something is so: whoever changes the state says `changed`, and those whose condition holds by then
 * go on.
 */
export class Condition {
  #waiters: { readonly isTrue: () => boolean; readonly resolve: (value: undefined) => void }[] = [];

  /** Resolves when `isTrue` holds at a `changed`, or at once when it holds already. */
  until(isTrue: () => boolean): Promise<undefined> {
    if (isTrue()) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiters.push({ isTrue, resolve });
    });
  }

  changed(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (waiter.isTrue()) waiter.resolve(undefined);
      else this.#waiters.push(waiter);
    }
  }
}
