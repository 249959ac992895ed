import { FairQueue } from '../../scheduling/fair-queue.ts';

/**
 * Who has had a turn of the event loop and wants another one waits here: one goes on in each round of the loop, and
 * addresses take turns. So however many connections have much to ask, whoever asks for little waits for one of them.
 */
export class TurnQueue {
  readonly #waiting = new FairQueue<() => void>();

  /** Somebody waits, so a turn ought to be short. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves when it is the turn of one of this `address`. */
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
