import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Hourly } from './hourly.ts';
import type { Log } from './log/log.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Has the log forget what it kept long enough: on start and every hour. */
export class Retention {
  readonly #log: Log;
  readonly #logger: Logger;
  readonly #hourly: Hourly;

  constructor(options: {
    readonly log: Log;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly keepDays: number;
  }) {
    const { log, clock, logger, keepDays } = options;
    this.#log = log;
    this.#logger = logger;
    this.#hourly = new Hourly(clock, () => this.#forget(clock.nowMs() - keepDays * dayMs));
  }

  /** What the log is about to forget goes on until the log closes. */
  stop(): void {
    void this.#hourly.stop();
  }

  async #forget(beforeMs: number): Promise<void> {
    const before = this.#log.forgottenThrough;
    await this.#log.forget(beforeMs);
    const through = this.#log.forgottenThrough;
    if (through > before) this.#logger.info({ through }, 'old messages removed');
  }
}
