import type { Logger } from 'pino';
import type { Clock, Timer } from '../scheduling/clock.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

export interface ExpiryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** When the last server on this data was known to run, milliseconds since 1970. */
  readonly lastRunMs?: number | undefined;
  readonly keepDays: number;
  /** Removes what is older than `beforeMs` (milliseconds since 1970). Never rejects. */
  readonly remove: (beforeMs: number) => Promise<void>;
}

/**
 * Has removed what was kept long enough: at once, and again an hour after each time, until it is stopped.
 *
 * A clock that is wrong once must not remove what is young. So when it is more than a day ahead of what time should be, by
 * the time of the last removal or of the last server, nothing is removed for an hour: who set it wrong can set it right.
 */
export class Expiry {
  readonly #options: ExpiryOptions;
  #expectedMs: number;
  #timer: Timer | undefined;
  #running: Promise<void>;
  #isStopped = false;

  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#expectedMs = options.lastRunMs ?? Number.POSITIVE_INFINITY;
    this.#running = this.#run();
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, keepDays, remove, logger } = this.#options;
    const nowMs = clock.nowMs();
    const aheadMs = nowMs - this.#expectedMs;
    this.#expectedMs = nowMs + hourMs;
    if (aheadMs <= dayMs) await remove(nowMs - keepDays * dayMs);
    else logger.warn({ aheadDays: Math.round(aheadMs / dayMs) }, clockJumped);
    if (this.#isStopped) return;
    this.#timer = clock.after(hourMs, () => {
      this.#running = this.#run();
    });
  }
}

const clockJumped =
  'the clock is ahead of when the server last ran by more than a day; nothing old is removed for an hour: ' +
  'if the clock is wrong, set it right';
