import type { OutboxBudget } from './budget.ts';
import type { Frame } from './frame.ts';

/** Frames that wait for one reader, first in first out, counted against the budget of all readers. */
export class FrameQueue {
  readonly #budget: OutboxBudget;
  #frames: Frame[] = [];
  #first = 0;
  #bytes = 0;

  constructor(budget: OutboxBudget) {
    this.#budget = budget;
  }

  /** Bytes that wait. Files are not counted: they stay in the spool until their turn. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#first === this.#frames.length;
  }

  get isBudgetSpent(): boolean {
    return this.#budget.isSpent;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#count(frame.bytes.length);
  }

  shift(): Frame | undefined {
    const frame = this.#frames[this.#first];
    if (frame === undefined) return undefined;
    this.#first++;
    this.#count(-frame.bytes.length);
    if (this.isEmpty) {
      this.#frames = [];
      this.#first = 0;
    } else if (this.#first >= 1024 && this.#first * 2 >= this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
    return frame;
  }

  /** The frames in front of the next file, until they come to so many bytes. */
  shiftUpToFile(mostBytes: number): Frame[] {
    const frames: Frame[] = [];
    for (let bytes = 0; bytes < mostBytes; ) {
      if (this.#frames[this.#first]?.file !== undefined) break;
      const next = this.shift();
      if (next === undefined) break;
      frames.push(next);
      bytes += next.bytes.length;
    }
    return frames;
  }

  /** Lets go of all frames that the log can give again. */
  dropDeliveries(): void {
    this.#replaceBy(this.#frames.slice(this.#first).filter((frame) => frame.position === 0));
  }

  clear(): void {
    this.#replaceBy([]);
  }

  #replaceBy(frames: Frame[]): void {
    this.#frames = frames;
    this.#first = 0;
    this.#count(frames.reduce((bytes, frame) => bytes + frame.bytes.length, 0) - this.#bytes);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.hold(bytes);
  }
}
