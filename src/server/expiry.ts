import type { Clock, Timer } from '../scheduling/clock.ts';
import type { TrustedTime } from './trusted-time.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

export interface ExpiryOptions {
  readonly clock: Clock;
  readonly time: TrustedTime;
  readonly keepDays: number;
  /** Removes what is older than `beforeMs` (milliseconds since 1970). Never rejects. */
  readonly remove: (beforeMs: number) => Promise<void>;
}

/**
 * Has removed what was kept long enough: at once, and again an hour after each time, until it is stopped. A clock that is
 * wrong once must not remove what is young: while it is not trusted nothing is removed.
 */
export class Expiry {
  readonly #options: ExpiryOptions;
  #timer: Timer | undefined;
  #running: Promise<void>;
  #isStopped = false;

  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, time, keepDays, remove } = this.#options;
    const nowMs = time.nowMs();
    if (nowMs !== undefined) await remove(nowMs - keepDays * dayMs);
    if (this.#isStopped) return;
    this.#timer = clock.after(hourMs, () => {
      this.#running = this.#run();
    });
  }
}
