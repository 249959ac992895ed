import type { StoredFile } from '../messages/entry.ts';

/**
 * Bytes that are written without interruption: an entry, encoded once for all readers of one encoder and variant, or a
 * reply to one reader.
 */
export interface Frame {
  readonly bytes: Uint8Array;
  /** The entry's position; 0 for a reply, which is not in the log and therefore never dropped. */
  readonly position: number;
  /** The file whose bytes follow directly; later frames wait until they are sent. */
  readonly file?: StoredFile;
  /** Written instead of `bytes` when the file is gone. */
  readonly withoutFile?: Uint8Array;
}

export const replyFrame = (bytes: Uint8Array): Frame => ({ bytes, position: 0 });

/**
 * Returns an entry's frame with a copy of its bytes if they are a small part of their memory. Short frames share the memory
 * of Node's pool, and a reader that takes nothing would keep all of that for one of them, while only `bytes` are counted.
 */
export function withOwnMemory(frame: Frame): Frame {
  const { bytes, position } = frame;
  if (position === 0 || 2 * bytes.length >= bytes.buffer.byteLength) return frame;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return { ...frame, bytes: own };
}

/** Consecutive frames, at least one, shared by all readers that get exactly these. In the order of their positions. */
export class FrameBatch {
  readonly frames: readonly Frame[];
  #joined: readonly Frame[] | undefined;

  constructor(frames: readonly Frame[]) {
    const areBuffers = frames.every(({ bytes }) => bytes instanceof Buffer);
    this.frames = areBuffers ? frames : frames.map((frame) => ({ ...frame, bytes: asBuffer(frame.bytes) }));
  }

  /** The first frame's position. */
  get first(): number {
    return this.frames[0]?.position ?? 0;
  }

  /** The same bytes as one frame, joined once for all readers; the same frames where a file follows one of them. */
  get joined(): readonly Frame[] {
    this.#joined ??= joinFrames(this.frames);
    return this.#joined;
  }
}

function joinFrames(frames: readonly Frame[]): readonly Frame[] {
  const last = frames.at(-1);
  if (last === undefined || frames.length === 1 || frames.some(({ file }) => file !== undefined))
    return frames;
  return [{ bytes: Buffer.concat(frames.map(({ bytes }) => bytes)), position: last.position }];
}

/** A view of the same bytes. Node's streams would make a `Buffer` of any other `Uint8Array` at each write. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
