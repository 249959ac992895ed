import type { StoredFile } from '../messages/entry.ts';
import type { Frame } from './frame.ts';

/** What an outbox asks of the session whose reader it serves. */
export interface OutboxSource {
  /** The position of the newest entry that has been handed to outboxes. */
  position(): number;
  /** Frames of what this reader missed after `cursor`, oldest first, a bounded page of them. */
  read(cursor: number): Promise<{ readonly frames: readonly Frame[]; readonly through: number }>;
  /**
   * The bytes of a stored file in pieces, each valid until the next but one is asked for; undefined when the file
   * is not there any more.
   */
  openFile(file: StoredFile): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * The reader lags, leaves its answers or is to leave, and took nothing for too long, or reading for it failed: the
   * session is to end.
   */
  onGiveUp(reason: 'stalled' | 'failed', error?: unknown): void;
}
