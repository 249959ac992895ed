import type { Scope } from '../tests/support/scope.ts';

/** What is to be put away at the end of a run. */
export class Cleanup implements Scope {
  readonly #actions: (() => unknown)[] = [];

  after(action: () => unknown): void {
    this.#actions.push(action);
  }

  /** The last ones first: what was opened later may use what was opened before. */
  async run(): Promise<void> {
    for (const action of this.#actions.splice(0).reverse()) await action();
  }
}
