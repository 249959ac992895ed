import type { Clock } from './clock.ts';
import { FairQueue } from './fair-queue.ts';
import { nextRound } from './turns.ts';

/**
 * How long actions may take the thread before all sockets are looked at, in milliseconds, and how long new ones may
 * then keep them waiting.
 */
const turnMs = 4;

/**
 * Runs actions in turns of the event loop, fairly between lanes. For what thousands of connections may want at once,
 * such as a handshake, a login or an end: each takes the thread for a tenth of a millisecond or a whole one, and all of
 * them in one turn would keep everybody else from their chat.
 */
export class FairTurns {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #waiting = new FairQueue<() => void>();
  #isRunning = false;
  /** How many were ever pushed. */
  #pushed = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Calls `action` when it is its turn. */
  push(lane: string, action: () => void): void {
    this.#pushed++;
    this.#waiting.push(lane, 1, action);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Resolves when it is the caller's turn, which lasts until the caller waits for something. */
  next(lane: string): Promise<void> {
    return new Promise((resolve) => this.push(lane, resolve));
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    let untilMs = this.#turnEndMs();
    for (let action = this.#waiting.take(); action !== undefined; action = this.#waiting.take()) {
      action();
      // What `next` resolves runs until then, and the cryptography of a TLS socket that wraps another one as well.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      if (this.#clock.monotonicMs() < untilMs) continue;
      await this.#othersTurn();
      untilMs = this.#turnEndMs();
    }
    this.#isRunning = false;
  }

  /**
   * Has the event loop poll all sockets, and again while that brings new actions. libuv accepts one connection in each
   * round: with one round to a turn, a new connection would wait for a turn of every one that came before it.
   */
  async #othersTurn(): Promise<void> {
    const untilMs = this.#turnEndMs();
    for (let before = -1; before !== this.#pushed && this.#clock.monotonicMs() < untilMs; ) {
      before = this.#pushed;
      await nextRound();
    }
  }

  #turnEndMs(): number {
    return this.#clock.monotonicMs() + turnMs;
  }
}
