import type { ByteBudget } from '../../transport/byte-budget.ts';
import { type Frame, withOwnMemory } from './frame.ts';
import { joinedBytes, writeBuffer } from './write-buffer.ts';

/** A list of so many frames is kept when all have left: a new one takes longer than what is done with a frame. */
const keptFrames = 64;

/** Frames that wait for one reader, first in, first out. Their bytes count against the budget of all readers. */
export class FrameQueue {
  readonly #budget: ByteBudget;
  /** The frames are those from `#first` to before `#end`. Others are not kept: nothing counts their bytes any more. */
  #frames: (Frame | undefined)[] = [];
  #first = 0;
  #end = 0;
  #bytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Bytes of the queued frames. Files are not counted: they stay in the file store until they are sent. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  get length(): number {
    return this.#end - this.#first;
  }

  get isBudgetSpent(): boolean {
    return this.#budget.isSpent;
  }

  push(frame: Frame): void {
    this.#frames[this.#end++] = frame;
    this.#count(frame.bytes.length);
  }

  shift(): Frame | undefined {
    const frame = this.#frames[this.#first];
    if (frame === undefined) return undefined;
    this.#count(-frame.bytes.length);
    this.#drop(1);
    return frame;
  }

  /** Removes frames before the next file, at least one, until they fill a write; returns them as one frame. */
  shiftJoined(): Frame | undefined {
    if (this.length < 2) return this.shift();
    const room = writeBuffer.room(Math.min(this.#bytes, joinedBytes));
    let at = this.#first;
    let end = 0;
    let position = 0;
    for (; at < this.#end; at++) {
      const frame = this.#frames[at];
      if (frame === undefined || frame.file !== undefined || end + frame.bytes.length > room.length) break;
      room.set(frame.bytes, end);
      end += frame.bytes.length;
      if (frame.position > 0) position = frame.position;
    }
    if (at === this.#first) return this.shift();
    this.#count(-end);
    this.#drop(at - this.#first);
    return { bytes: end === room.length ? room : room.subarray(0, end), position };
  }

  /** Copies what is queued out of memory that it shares: the reader takes nothing for now. */
  keepOwnMemory(): void {
    for (let at = this.#first; at < this.#end; at++) {
      const frame = this.#frames[at];
      if (frame !== undefined) this.#frames[at] = withOwnMemory(frame);
    }
  }

  holds(frame: Frame): boolean {
    return this.#frames.includes(frame, this.#first);
  }

  /** Drops all frames that the log can supply again. */
  dropDeliveries(): void {
    const replies = this.#frames.filter((frame) => frame?.position === 0);
    this.clear();
    for (const reply of replies) if (reply !== undefined) this.push(reply);
  }

  clear(): void {
    this.#count(-this.#bytes);
    this.#drop(this.length);
  }

  #drop(frames: number): void {
    this.#frames.fill(undefined, this.#first, this.#first + frames);
    this.#first += frames;
    if (this.#first === this.#end) {
      if (this.#end > keptFrames) this.#frames = [];
      this.#first = 0;
      this.#end = 0;
    } else if (this.#first >= 1024 && this.#first * 2 >= this.#end) {
      this.#frames = this.#frames.slice(this.#first, this.#end);
      this.#end -= this.#first;
      this.#first = 0;
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.hold(bytes);
  }
}
