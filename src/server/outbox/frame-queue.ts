import type { ByteBudget } from '../../transport/byte-budget.ts';
import { type Frame, withOwnMemory } from './frame.ts';
import { joinedBytes, writeBuffer } from './write-buffer.ts';

/** A list of so many frames is kept when all have left: growing another takes longer than what is done with a frame. */
const keptFrames = 64;

/** Frames that wait for one reader, first in, first out. Their bytes count against the budget of all readers. */
export class FrameQueue {
  readonly #budget: ByteBudget;
  /** The first frame. It is mostly the only one, and a field spares the allocation of a list for it. */
  #next: Frame | undefined;
  /** The frames behind it, from `#first` to before `#end`. */
  #others: (Frame | undefined)[] = [];
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
    return this.#next === undefined;
  }

  get length(): number {
    return this.#next === undefined ? 0 : 1 + this.#end - this.#first;
  }

  get isBudgetSpent(): boolean {
    return this.#budget.isSpent;
  }

  push(frame: Frame): void {
    if (this.#next === undefined) this.#next = frame;
    else this.#others[this.#end++] = frame;
    this.#count(frame.bytes.length);
  }

  shift(): Frame | undefined {
    const frame = this.#next;
    if (frame === undefined) return undefined;
    this.#count(-frame.bytes.length);
    this.#dropNext();
    return frame;
  }

  /** Removes frames before the next file, at least one, until they fill a write; returns them as one frame. */
  shiftJoined(): Frame | undefined {
    const first = this.shift();
    if (first === undefined || first.file !== undefined || this.#next === undefined) return first;
    if (this.#next.file !== undefined || first.bytes.length + this.#next.bytes.length > joinedBytes)
      return first;
    const room = writeBuffer.room(Math.min(first.bytes.length + this.#bytes, joinedBytes));
    room.set(first.bytes);
    let end = first.bytes.length;
    let { position } = first;
    for (
      let next: Frame | undefined = this.#next;
      next !== undefined && next.file === undefined && end + next.bytes.length <= room.length;
      next = this.#dropNext()
    ) {
      room.set(next.bytes, end);
      end += next.bytes.length;
      if (next.position > 0) position = next.position;
    }
    this.#count(first.bytes.length - end);
    return { bytes: end === room.length ? room : room.subarray(0, end), position };
  }

  /** Copies what is queued out of memory that it shares: the reader takes nothing for now. */
  keepOwnMemory(): void {
    this.#next &&= withOwnMemory(this.#next);
    for (let at = this.#first; at < this.#end; at++) {
      const frame = this.#others[at];
      if (frame !== undefined) this.#others[at] = withOwnMemory(frame);
    }
  }

  holds(frame: Frame): boolean {
    return this.#next === frame || this.#others.includes(frame, this.#first);
  }

  /** Drops all frames that the log can supply again. */
  dropDeliveries(): void {
    const replies: Frame[] = [];
    for (let frame = this.shift(); frame !== undefined; frame = this.shift()) {
      if (frame.position === 0) replies.push(frame);
    }
    for (const reply of replies) this.push(reply);
  }

  clear(): void {
    while (this.shift() !== undefined);
  }

  /** Removes the next frame, whose bytes the caller counts; returns the one after it. */
  #dropNext(): Frame | undefined {
    if (this.#first === this.#end) {
      this.#next = undefined;
      return undefined;
    }
    this.#next = this.#others[this.#first];
    this.#others[this.#first++] = undefined;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
      if (this.#others.length > keptFrames) this.#others = [];
    } else if (this.#first >= 1024 && this.#first * 2 >= this.#end) {
      this.#others = this.#others.slice(this.#first, this.#end);
      this.#end -= this.#first;
      this.#first = 0;
    }
    return this.#next;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.hold(bytes);
  }
}
