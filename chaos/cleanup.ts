import type { Scope } from '../tests/support/scope.ts';

/** What is to be put away at the end of a run; or when the process ends before, as far as that takes no waiting. */
export class Cleanup implements Scope {
  static readonly #open = new Set<Cleanup>();
  readonly #actions: (() => unknown)[] = [];

  static {
    process.once('exit', () => {
      for (const cleanup of Cleanup.#open) for (const action of cleanup.#taken()) void action();
    });
    process.once('SIGINT', () => process.exit(130));
    process.once('SIGTERM', () => process.exit(143));
  }

  constructor() {
    Cleanup.#open.add(this);
  }

  after(action: () => unknown): void {
    this.#actions.push(action);
  }

  async run(): Promise<void> {
    for (const action of this.#taken()) await action();
    Cleanup.#open.delete(this);
  }

  /** The last ones first: what was opened later may use what was opened before. */
  *#taken(): Generator<() => unknown> {
    for (let action = this.#actions.pop(); action !== undefined; action = this.#actions.pop()) yield action;
  }
}
