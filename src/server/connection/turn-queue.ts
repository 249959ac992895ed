import { FairQueue } from '../../scheduling/fair-queue.ts';

/**
 * Connections that have used their turn of the event loop wait here for another. One goes on in each round of the loop,
 * and addresses alternate. So a connection with few requests waits for one other, however many have much to do.
 */
export class TurnQueue {
  readonly #waiting = new FairQueue<() => void>();

  /** Whether somebody waits: turns should be short then. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves when it is the turn of a connection from `address`. */
  next(address: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(address, 1, resolve);
      if (this.#waiting.size === 1) setImmediate(() => this.#give());
    });
  }

  #give(): void {
    this.#waiting.take()?.();
    if (this.#waiting.size > 0) setImmediate(() => this.#give());
  }
}
