import type { Logger } from 'pino';
import type { Clock, Timer } from '../../clock.ts';
import type { Spool } from './spool.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** Lets go of attachments that were kept long enough: looked at on start and every hour. */
export class FileExpiry {
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #keepMs: number;
  #timer: Timer | undefined;
  #running: Promise<void>;
  #isStopped = false;

  constructor(options: {
    readonly spool: Spool;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly keepDays: number;
  }) {
    this.#spool = options.spool;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#keepMs = options.keepDays * dayMs;
    this.#running = this.#expire();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #expire(): Promise<void> {
    try {
      const removed = await this.#spool.removeOlderThan(this.#clock.nowMs() - this.#keepMs);
      if (removed > 0) this.#logger.info({ files: removed }, 'old attachments removed');
    } catch (error) {
      this.#logger.warn({ err: error }, 'old attachments could not be removed');
    }
    if (this.#isStopped) return;
    this.#timer = this.#clock.after(hourMs, () => {
      this.#running = this.#expire();
    });
  }
}
