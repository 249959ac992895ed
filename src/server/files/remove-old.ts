import type { Logger } from 'pino';
import type { FileStore } from './file-store.ts';

/** Lets go of the attachments that are older, for `Expiry`; says so when there were any. */
export function removeOldAttachments(spool: FileStore, logger: Logger): (beforeMs: number) => Promise<void> {
  return async (beforeMs) => {
    try {
      const removed = await spool.removeOlderThan(beforeMs);
      if (removed > 0) logger.info({ files: removed }, 'old attachments removed');
    } catch (error) {
      logger.warn({ err: error }, 'old attachments could not be removed');
    }
  };
}
