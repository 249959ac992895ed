import type { Logger } from 'pino';
import type { Log } from './log.ts';

/** Has `log` prune what is older, for `Expiry`; says so when there was something. */
export function removeOldMessages(log: Log, logger: Logger): (beforeMs: number) => Promise<void> {
  return async (beforeMs) => {
    const before = log.prunedThrough;
    await log.prune(beforeMs);
    const through = log.prunedThrough;
    if (through > before) logger.info({ through }, 'old messages removed');
  };
}
