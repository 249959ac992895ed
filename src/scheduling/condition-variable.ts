interface Waiter {
  readonly isTrue: () => boolean;
  readonly resolve: (value: undefined) => void;
}

const nobody: readonly Waiter[] = [];

/**
 * Waiting until something is so: whoever changes the state says `notify`, and those whose condition holds by then
 * go on.
 */
export class ConditionVariable {
  /** Most of the time nobody waits, and every connection has some of these. */
  #waiters = nobody;

  /** Resolves when `isTrue` holds at a `notify`, or at once when it holds already. */
  until(isTrue: () => boolean): Promise<undefined> {
    if (isTrue()) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiters = [...this.#waiters, { isTrue, resolve }];
    });
  }

  notify(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = nobody;
    for (const waiter of waiters) {
      if (waiter.isTrue()) waiter.resolve(undefined);
      else this.#waiters = [...this.#waiters, waiter];
    }
  }
}
