import { setImmediate as nextImmediate } from 'node:timers/promises';
import { FairQueue } from '../scheduling/fair-queue.ts';
import { nextRound } from '../scheduling/turns.ts';

/** How long handshakes may take the thread before all sockets are looked at, in milliseconds. */
const turnMs = 4;

/**
 * Starts TLS handshakes in turns, fairly between addresses. The cryptography of one takes the event loop for about a
 * millisecond, and a storm of them must not keep others from their chat.
 */
export class HandshakeTurns {
  readonly #waiting = new FairQueue<() => void>();
  #isRunning = false;

  /** Calls `begin` when it is its turn. `lane` is the peer's address group. */
  push(lane: string, begin: () => void): void {
    this.#waiting.push(lane, 1, begin);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    await nextImmediate();
    let untilMs = performance.now() + turnMs;
    for (let begin = this.#waiting.take(); begin !== undefined; begin = this.#waiting.take()) {
      begin();
      // Node reads the first bytes of a wrapped socket in the next tick: the cost is in there.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      if (performance.now() < untilMs) continue;
      await nextRound();
      untilMs = performance.now() + turnMs;
    }
    this.#isRunning = false;
  }
}
