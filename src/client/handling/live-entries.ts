import type { Entry } from '../entries.ts';
import { WaitingEntries } from './waiting-entries.ts';

const maxEntries = 1_000;

/** The entries of a server without a log: what there is no room for is lost. */
export class LiveEntries extends WaitingEntries {
  readonly #waiting: Entry[] = [];
  readonly #onLost: () => void;
  #isOpen = false;
  #hasLost = false;

  /** `onLost` is called when an entry is lost, once until all that wait are handled. */
  constructor(onLost: () => void) {
    super();
    this.#onLost = onLost;
  }

  open(): void {
    this.#isOpen = true;
  }

  async ready(): Promise<void> {}

  first(): Entry | undefined {
    return this.#waiting[0];
  }

  async done(): Promise<void> {
    this.#waiting.shift();
    if (this.#waiting.length === 0) this.#hasLost = false;
  }

  push(entry: Entry): void {
    if (!this.#isOpen) return;
    if (this.#waiting.length < maxEntries) {
      this.#waiting.push(entry);
      this.wake();
    } else if (!this.#hasLost) {
      this.#hasLost = true;
      this.#onLost();
    }
  }
}
