import type { Frame } from './frame.ts';

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
