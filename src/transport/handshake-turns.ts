import { setImmediate as nextImmediate } from 'node:timers/promises';
import type { Clock } from '../scheduling/clock.ts';
import { FairQueue } from '../scheduling/fair-queue.ts';
import { nextRound } from '../scheduling/turns.ts';

/**
 * How long handshakes may take the thread before all sockets are looked at, in milliseconds, and how long new connections
 * may then keep handshakes waiting.
 */
const turnMs = 4;

/**
 * Begins and ends TLS handshakes in turns, fairly between addresses. The cryptography of one takes the event loop for
 * about a millisecond, and a storm of them must not keep others from their chat.
 */
export class HandshakeTurns {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #waiting = new FairQueue<() => void>();
  #isRunning = false;
  /** How many were ever pushed. */
  #pushed = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Calls `action` when it is its turn. `lane` is the peer's address group. */
  push(lane: string, action: () => void): void {
    this.#pushed++;
    this.#waiting.push(lane, 1, action);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    await nextImmediate();
    let untilMs = this.#turnEndMs();
    for (let action = this.#waiting.take(); action !== undefined; action = this.#waiting.take()) {
      action();
      // Node reads the first bytes of a wrapped socket in the next tick: the cost is in there.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      if (this.#clock.monotonicMs() < untilMs) continue;
      await this.#othersTurn();
      untilMs = this.#turnEndMs();
    }
    this.#isRunning = false;
  }

  /**
   * Has the event loop poll all sockets, and again while that brings new handshakes. libuv accepts one connection in each
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
