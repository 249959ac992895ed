interface Waiter {
  readonly isTrue: () => boolean;
  readonly resolve: (value: undefined) => void;
}

const nobody: readonly Waiter[] = [];

/**
 * Lets code wait for a condition. Whoever changes the state calls `notify`; then each waiter whose condition holds
 * continues.
 */
export class ConditionVariable {
  /** Shares one empty list while nobody waits, as every connection has some condition variables. */
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
