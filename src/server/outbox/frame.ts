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

/** Frames are put together up to about this many bytes. */
export const joinedBytes = 64 * 1024;

/** Frames in a row for all readers who get just these, in the order of their positions. At least one. */
export class FrameBatch {
  readonly frames: readonly Frame[];
  #joined: readonly Frame[] | undefined;

  constructor(frames: readonly Frame[]) {
    this.frames = frames.map((frame) => ({ ...frame, bytes: asBuffer(frame.bytes) }));
  }

  /** The position of the first. */
  get first(): number {
    return this.frames[0]?.position ?? 0;
  }

  /** The same in as few frames as it takes, put together once for all. A file stays behind the frame that announces it. */
  get joined(): readonly Frame[] {
    this.#joined ??= this.frames.length === 1 ? this.frames : joinFrames(this.frames);
    return this.#joined;
  }
}

function joinFrames(frames: readonly Frame[]): Frame[] {
  const joined: Frame[] = [];
  let pieces: Frame[] = [];
  let bytes = 0;
  const join = (): void => {
    const last = pieces.at(-1);
    if (last !== undefined)
      joined.push({ bytes: Buffer.concat(pieces.map((piece) => piece.bytes)), position: last.position });
    pieces = [];
    bytes = 0;
  };
  for (const frame of frames) {
    if (frame.file !== undefined || bytes + frame.bytes.length > joinedBytes) join();
    if (frame.file !== undefined) joined.push(frame);
    else {
      pieces.push(frame);
      bytes += frame.bytes.length;
    }
  }
  join();
  return joined;
}

/** A stream takes it as it is, where it makes a `Buffer` of any other `Uint8Array` at each write. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
