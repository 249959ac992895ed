import type { Logger } from 'pino';
import type { Clock, Timer } from '../../clock.ts';
import type { Log } from './log.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** Has the log forget what it kept long enough: on start and every hour. */
export class Retention {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #keepMs: number;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: {
    readonly log: Log;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly keepDays: number;
  }) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#keepMs = options.keepDays * dayMs;
    void this.#forget();
  }

  /** What the log is about to forget goes on until the log closes. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #forget(): Promise<void> {
    const before = this.#log.forgottenThrough;
    await this.#log.forget(this.#clock.nowMs() - this.#keepMs);
    const through = this.#log.forgottenThrough;
    if (through > before) this.#logger.info({ through }, 'old messages removed');
    if (this.#isStopped) return;
    this.#timer = this.#clock.after(hourMs, () => void this.#forget());
  }
}
