import { MalformedError } from '../packets/byte-cursor.ts';
import { NumberRanges } from '../packets/number-ranges.ts';
import { ByteRing } from './byte-ring.ts';
import type { Credit } from './credit.ts';

/**
 * The receiving half of a stream: puts bytes in order by their offset, whatever order packets come in, and hands them on
 * unless paused. What is not handed on stays within the credit that the peer was given.
 */
const mostChunk = 64 * 1024;

export class ReceiveHalf {
  readonly credit: Credit;
  readonly #ring = new ByteRing();
  /** Offsets in the ring. */
  readonly #arrived = new NumberRanges();
  /** The lowest byte that was not handed on. */
  #next = 0;
  #highest = 0;
  #final = -1;
  isPaused = false;
  /** Nobody reads any more: bytes count as read when they arrive. */
  isDropping = false;

  constructor(credit: Credit) {
    this.credit = credit;
  }

  /** Whether the end is known, and all before it was handed on or dropped. */
  get isDone(): boolean {
    return this.#final >= 0 && this.#next === this.#final;
  }

  /** Whether the last byte's place is known. */
  get knowsEnd(): boolean {
    return this.#final >= 0;
  }

  /** Whether nothing more can come: the end is known, and all before it is here or was handed on. */
  get hasAll(): boolean {
    if (this.#final < 0) return false;
    return (
      this.#next === this.#final ||
      (this.#arrived.startOf(0) === this.#next && this.#arrived.endOf(0) === this.#final)
    );
  }

  get hasUnread(): boolean {
    return this.#arrived.count > 0;
  }

  get heldBytes(): number {
    return this.#ring.size;
  }

  /**
   * Takes bytes from a packet; `take` gets what is in order, at once. Throws `MalformedError` if the peer breaks the rules.
   */
  receive(offset: number, data: Uint8Array, isFinal: boolean, take: (chunk: Uint8Array) => void): void {
    const end = offset + data.length;
    this.#checkEnd(end, isFinal);
    if (end > this.credit.limit) throw new MalformedError('a stream exceeds its credit');
    this.#highest = Math.max(this.#highest, end);
    if (this.isDropping) {
      this.#dropTo(this.#highest);
      return;
    }
    if (end <= this.#next) return;
    const isInOrder = offset <= this.#next && this.#arrived.count === 0 && !this.isPaused;
    if (isInOrder) {
      const fresh = data.subarray(this.#next - offset);
      this.#next = end;
      this.credit.consumed = end;
      take(fresh);
      return;
    }
    const start = Math.max(offset, this.#next);
    this.#ring.reserve(this.#next, end, Math.max(this.#next, this.#arrived.endOf(this.#arrived.count - 1)));
    this.#ring.put(start, data.subarray(start - offset));
    this.#arrived.add(start, end);
    this.handOn(take);
    if (!this.isPaused && this.#arrived.count > 0) this.credit.onWaiting(this.#highest);
  }

  /** Hands on what is in order, until paused. */
  handOn(take: (chunk: Uint8Array) => void): void {
    while (!this.isPaused && !this.isDropping && this.#arrived.startOf(0) === this.#next) {
      const length = Math.min(mostChunk, this.#arrived.endOf(0) - this.#next);
      const chunk = new Uint8Array(length);
      this.#ring.copy(this.#next, length, chunk, 0);
      this.#arrived.remove(this.#next, this.#next + length);
      this.#next += length;
      this.credit.consumed = this.#next;
      if (this.#arrived.count === 0) this.#ring.free();
      take(chunk);
    }
  }

  /** The peer aborts: no byte after `finalOffset` was sent. */
  reset(finalOffset: number): void {
    this.#checkEnd(finalOffset, true);
    if (finalOffset > this.credit.limit) throw new MalformedError('a stream exceeds its credit');
    this.#highest = finalOffset;
    this.drop();
  }

  /** Reads no more: what is here and what still comes counts as read. */
  drop(): void {
    this.isDropping = true;
    this.#arrived.clear();
    this.#ring.free();
    this.#dropTo(this.#highest);
  }

  #dropTo(offset: number): void {
    this.#next = offset;
    this.credit.consumed = offset;
  }

  #checkEnd(end: number, isFinal: boolean): void {
    const contradicts = isFinal ? end < this.#highest || (this.#final >= 0 && end !== this.#final) : false;
    if (contradicts || (this.#final >= 0 && end > this.#final)) {
      throw new MalformedError('a stream ends in two places');
    }
    if (isFinal) this.#final = end;
  }
}
