import type { Logger } from 'pino';
import type { Clock, Timer } from '../scheduling/clock.ts';
import type { FileStore } from './files/file-store.ts';
import type { Log } from './log/log.ts';
import type { TrustedTime } from './trusted-time.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

export interface ExpiryOptions {
  readonly clock: Clock;
  readonly time: TrustedTime;
  readonly keepDays: number;
  /** Deletes what is older than `beforeMs` (milliseconds since 1970). Never rejects. */
  readonly remove: (beforeMs: number) => Promise<void>;
}

/**
 * Enforces retention: deletes expired data at once and then every hour, until stopped. While the clock is not trusted
 * nothing is deleted, so that a wrong clock does not delete young data.
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

  /** Resolves when the deletion under way, if any, has ended. */
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

/** `ExpiryOptions.remove` for messages. */
export function removeOldMessages(log: Log, logger: Logger): (beforeMs: number) => Promise<void> {
  return async (beforeMs) => {
    const before = log.prunedThrough;
    await log.prune(beforeMs);
    const through = log.prunedThrough;
    if (through > before) logger.info({ through }, 'old messages removed');
  };
}

/** `ExpiryOptions.remove` for attachments. */
export function removeOldAttachments(files: FileStore, logger: Logger): (beforeMs: number) => Promise<void> {
  return async (beforeMs) => {
    try {
      const removed = await files.removeOlderThan(beforeMs);
      if (removed > 0) logger.info({ files: removed }, 'old attachments removed');
    } catch (error) {
      logger.warn({ err: error }, 'old attachments could not be removed');
    }
  };
}
