import { NumberRanges } from '../packets/number-ranges.ts';
import { ByteRing } from './byte-ring.ts';

/**
 * The sending half of a stream: what was written, from the lowest byte that the peer has not acknowledged.
 *
 * ```
 *   base ──── sentEnd ──── takenEnd ──── writtenEnd
 *   under way,    copied here    the writer's own memory
 *   or lost
 * ```
 *
 * Up to `sendAhead` bytes beyond those that were sent are copied ("taken"); what was written after them stays the
 * writer's memory, and the writer sees by `waitingBytes` that it is too fast. States: open, `end` called (the last byte
 * is known), final byte sent, all acknowledged; or aborted, when RESET tells the peer.
 */
const mostHeld = 8 * 1024 * 1024;

export class SendHalf {
  readonly #ahead: number;
  readonly #ring = new ByteRing();
  readonly #lost = new NumberRanges();
  readonly #acked = new NumberRanges();
  #waiting: Uint8Array[] = [];
  #base = 0;
  #takenEnd = 0;
  #writtenEnd = 0;
  /** The peer must learn of the stream, though nothing is written. */
  #mustAnnounce = false;
  #isKnown = false;
  #finSent = false;
  #finLost = false;
  /** The peer knows where the stream ends, but may not have all of it. */
  #finSeen = false;
  sentEnd = 0;
  /** The peer takes bytes up to here. */
  credit: number;
  isEnded = false;
  isAborted = false;
  /** Whether the peer has everything, and its end. */
  isDone = false;

  constructor(credit: number, sendAhead: number) {
    this.credit = credit;
    this.#ahead = sendAhead;
  }

  /** Bytes of the writer's that were not copied. */
  get waitingBytes(): number {
    return this.#writtenEnd - this.#takenEnd;
  }

  get takenBytes(): number {
    return this.#takenEnd;
  }

  /** Bytes that were never sent. */
  get unsentBytes(): number {
    return this.#writtenEnd - this.sentEnd;
  }

  get heldBytes(): number {
    return this.#ring.size;
  }

  /** Whether there is something that may be lost or was never sent. */
  get isOutstanding(): boolean {
    return !this.isAborted && this.#base < this.#writtenEnd;
  }

  write(bytes: Uint8Array): void {
    if (this.isEnded || this.isAborted || bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#writtenEnd += bytes.length;
    this.#take();
  }

  end(): void {
    this.isEnded = true;
  }

  announce(): void {
    this.#mustAnnounce = true;
  }

  /** Drops everything; no more bytes are sent. `sentEnd` is the final offset. */
  abort(): void {
    this.isAborted = true;
    this.#waiting = [];
    this.#writtenEnd = this.sentEnd;
    this.#takenEnd = this.sentEnd;
    this.#lost.clear();
    this.#finLost = false;
    this.#ring.free();
  }

  /** Whether a chunk can be sent. */
  canSend(): boolean {
    if (this.isAborted) return false;
    if (this.#lost.count > 0 || this.#finLost || this.#mustAnnounce) return true;
    if (this.#takenEnd > this.sentEnd) return this.credit > this.sentEnd;
    return this.isEnded && !this.#finSent && this.#writtenEnd === this.sentEnd;
  }

  /** Where the next chunk begins: what was lost goes first. */
  nextOffset(): number {
    return this.#lost.count > 0 ? this.#lost.startOf(0) : this.sentEnd;
  }

  /** The length of the next chunk, at most `room` bytes. */
  nextLength(room: number): number {
    if (this.#lost.count > 0) return Math.min(room, this.#lost.endOf(0) - this.#lost.startOf(0));
    return Math.max(0, Math.min(room, this.#takenEnd - this.sentEnd, this.credit - this.sentEnd));
  }

  isFinal(offset: number, length: number): boolean {
    return this.isEnded && offset + length === this.#writtenEnd;
  }

  /** Copies a chunk into a packet, and counts it as sent. */
  send(offset: number, length: number, target: Uint8Array, targetAt: number): void {
    this.#mustAnnounce = false;
    if (length > 0) this.#ring.copy(offset, length, target, targetAt);
    if (this.isFinal(offset, length)) {
      this.#finSent = true;
      this.#finLost = false;
    }
    this.#lost.remove(offset, offset + length);
    if (offset + length > this.sentEnd) {
      this.sentEnd = offset + length;
      this.#take();
    }
  }

  /** Returns whether bytes were taken from the writer. */
  onAcked(offset: number, length: number, isFinal: boolean): boolean {
    this.#isKnown = true;
    if (this.isAborted) return false;
    this.#acked.add(Math.max(offset, this.#base), offset + length);
    this.#lost.remove(offset, offset + length);
    if (this.#acked.count > 0 && this.#acked.startOf(0) === this.#base) {
      this.#base = this.#acked.endOf(0);
      this.#acked.remove(0, this.#base);
    }
    if (isFinal) {
      this.#finLost = false;
      this.#finSeen = true;
    }
    this.isDone = this.#finSeen && this.#base === this.#writtenEnd;
    const taken = this.#takenEnd;
    this.#take();
    if (this.#base === this.#takenEnd) this.#ring.free();
    return this.#takenEnd > taken;
  }

  /** To be sent again: it was lost, or may have been. */
  onLost(offset: number, length: number, isFinal: boolean): void {
    if (this.isAborted || this.isDone) return;
    const start = Math.max(offset, this.#base);
    if (start < offset + length) this.#lost.addWithout(start, offset + length, this.#acked);
    if (isFinal && !this.#finSeen) this.#finLost = true;
    if (length === 0 && !isFinal && !this.#isKnown) this.#mustAnnounce = true;
  }

  #take(): void {
    let taken = 0;
    for (const bytes of this.#waiting) {
      const room = Math.min(this.sentEnd + this.#ahead, this.#base + mostHeld) - this.#takenEnd;
      if (room <= 0) break;
      const part = bytes.length > room ? bytes.subarray(0, room) : bytes;
      this.#ring.reserve(this.#base, this.#takenEnd + part.length, this.#takenEnd);
      this.#ring.put(this.#takenEnd, part);
      this.#takenEnd += part.length;
      if (part.length < bytes.length) {
        this.#waiting[taken] = bytes.subarray(room);
        break;
      }
      taken++;
    }
    if (taken > 0) this.#waiting.splice(0, taken);
  }
}
