import type { ByteBudget } from '../../transport/byte-budget.ts';
import type { Frame } from './frame.ts';
import { joinedBytes, writeBuffer } from './write-buffer.ts';

/** Frames that wait for one reader, first in, first out. Their bytes count against the budget of all readers. */
export class FrameQueue {
  readonly #budget: ByteBudget;
  /** The first frame. It is mostly the only one, and a field spares the allocation of a list for it. */
  #next: Frame | undefined;
  #others: Frame[] = [];
  #firstOther = 0;
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
    return this.#next === undefined ? 0 : 1 + this.#others.length - this.#firstOther;
  }

  get isBudgetSpent(): boolean {
    return this.#budget.isSpent;
  }

  push(frame: Frame): void {
    if (this.#next === undefined) this.#next = frame;
    else this.#others.push(frame);
    this.#count(frame.bytes.length);
  }

  shift(): Frame | undefined {
    const frame = this.#next;
    if (frame === undefined) return undefined;
    this.#count(-frame.bytes.length);
    this.#next = this.#others[this.#firstOther];
    if (this.#next !== undefined) this.#dropFirstOther();
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
    for (let next = this.#next; next.file === undefined && end + next.bytes.length <= room.length; ) {
      room.set(next.bytes, end);
      end += next.bytes.length;
      if (next.position > 0) position = next.position;
      this.shift();
      if (this.#next === undefined) break;
      next = this.#next;
    }
    return { bytes: end === room.length ? room : room.subarray(0, end), position };
  }

  holds(frame: Frame): boolean {
    return this.#next === frame || this.#others.includes(frame, this.#firstOther);
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

  #dropFirstOther(): void {
    this.#firstOther++;
    const isLast = this.#firstOther === this.#others.length;
    if (!isLast && (this.#firstOther < 1024 || this.#firstOther * 2 < this.#others.length)) return;
    this.#others = this.#others.slice(this.#firstOther);
    this.#firstOther = 0;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.hold(bytes);
  }
}
