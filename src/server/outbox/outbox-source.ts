import type { OpenFile } from './file-stream.ts';
import type { Frame } from './frame.ts';

/** What an outbox asks of the session whose reader it serves. */
export interface OutboxSource {
  /** The position of the newest entry that was handed to outboxes. */
  position(): number;
  /** Returns a bounded page of the frames that this reader missed after `cursor`, oldest first. */
  read(cursor: number): Promise<{ readonly frames: readonly Frame[]; readonly through: number }>;
  openFile: OpenFile;
  /**
   * The session must end. `stalled`: the reader takes too little while it lags, leaves its replies, receives a file or
   * must leave. `failed`: reading for it failed with `error`.
   */
  onGiveUp(reason: 'stalled' | 'failed', error?: unknown): void;
}
