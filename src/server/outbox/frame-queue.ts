import type { ByteBudget } from '../../transport/byte-budget.ts';
import type { Frame } from './frame.ts';

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

  /** Removes and returns the frames before the next file, until they add up to `maxBytes`. */
  shiftUpToFile(maxBytes: number): Frame[] {
    const frames: Frame[] = [];
    for (let bytes = 0; bytes < maxBytes; ) {
      if (this.#next?.file !== undefined) break;
      const next = this.shift();
      if (next === undefined) break;
      frames.push(next);
      bytes += next.bytes.length;
    }
    return frames;
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
