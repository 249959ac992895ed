import type { StoredFile } from '../messages/entry.ts';

/**
 * What goes out in one piece: the encoded form of an entry, made once for all readers of one wire form and
 * view and shared by them, or a reply to one reader.
 */
export interface Frame {
  readonly bytes: Uint8Array;
  /** The entry's position; 0 for a reply, which is in no log and so is never dropped. */
  readonly position: number;
  /** The file whose bytes follow at once; chat waits behind it. */
  readonly file?: StoredFile;
  /** What goes out instead of `bytes` when the file is not there any more. */
  readonly withoutFile?: Uint8Array;
}

export const replyFrame = (bytes: Uint8Array): Frame => ({ bytes, position: 0 });
