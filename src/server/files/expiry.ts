import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { Hourly } from '../hourly.ts';
import type { Spool } from './spool.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Lets go of attachments that were kept long enough: looked at on start and every hour. */
export class FileExpiry {
  readonly #spool: Spool;
  readonly #logger: Logger;
  readonly #hourly: Hourly;

  constructor(options: {
    readonly spool: Spool;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly keepDays: number;
  }) {
    const { spool, clock, logger, keepDays } = options;
    this.#spool = spool;
    this.#logger = logger;
    this.#hourly = new Hourly(clock, () => this.#expire(clock.nowMs() - keepDays * dayMs));
  }

  stop(): Promise<void> {
    return this.#hourly.stop();
  }

  async #expire(beforeMs: number): Promise<void> {
    try {
      const removed = await this.#spool.removeOlderThan(beforeMs);
      if (removed > 0) this.#logger.info({ files: removed }, 'old attachments removed');
    } catch (error) {
      this.#logger.warn({ err: error }, 'old attachments could not be removed');
    }
  }
}
