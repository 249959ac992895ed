import type { Limits } from '../../protocol/limits.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';

export interface StallWatchOptions {
  readonly connection: Pick<Connection, 'sentBytes' | 'unsentBytes'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'lagStallMs' | 'lagStallBytes'>;
  /** Asked when a period ends: false ends the watch. */
  readonly isNeeded: () => boolean;
  readonly onStall: () => void;
}

/**
 * Calls `onStall` once when a reader stalls: when bytes wait for it and it took fewer than `lagStallBytes` of them in
 * `lagStallMs`. A reader for which nothing waits never stalls, because the server is the slow side then.
 *
 * The watch runs in periods of `lagStallMs`. `restart` begins one; a period in which the reader took enough is followed
 * by the next, until `isNeeded` returns false or `stop` is called.
 */
export class StallWatch {
  readonly #options: StallWatchOptions;
  #timer: Timer | undefined;
  /** `sentBytes` when the current period began. */
  #sentAtStart = 0;

  constructor(options: StallWatchOptions) {
    this.#options = options;
  }

  /** Begins a new period now. */
  restart(): void {
    const { connection, clock, limits } = this.#options;
    this.#timer?.cancel();
    this.#sentAtStart = connection.sentBytes;
    this.#timer = clock.after(limits.lagStallMs, () => this.#endPeriod());
  }

  /** Idempotent. */
  stop(): void {
    this.#timer?.cancel();
  }

  #endPeriod(): void {
    const { connection, limits, isNeeded, onStall } = this.#options;
    if (!isNeeded()) return;
    const taken = connection.sentBytes - this.#sentAtStart;
    if (connection.unsentBytes === 0 || taken >= limits.lagStallBytes) this.restart();
    else onStall();
  }
}
