import type { ByteWriter } from '../packets/byte-cursor.ts';
import { writeAck } from '../packets/frames.ts';
import { NumberRanges } from '../packets/number-ranges.ts';
import type { UdpSettings } from '../settings.ts';

/**
 * Which packets arrived, and when to say so: at once after a number of packets or when one is missing, otherwise after a
 * short wait, so that one acknowledgement serves several packets. Each one repeats what the last ones said, so the loss
 * of an acknowledgement costs nothing. Also the window against replays: a number counts once, and numbers below the
 * window never.
 */
const window = 1024;

export class Acknowledger {
  readonly #settings: UdpSettings;
  readonly #received = new NumberRanges();
  /** The numbers of the window that arrived, a bit each. */
  readonly #seen = new Uint32Array(window / 32);
  #pending = 0;
  #isGap = false;
  #largestAtMs = 0;
  largest = -1;
  /** When an acknowledgement must leave; Infinity when none must. */
  dueMs = Infinity;

  constructor(settings: UdpSettings) {
    this.#settings = settings;
  }

  /** Whether the packet arrived before, or is too old to tell. Asked before it is opened. */
  isRepeated(number: number): boolean {
    if (number > this.largest) return false;
    if (number <= this.largest - window) return true;
    return ((this.#seen[(number % window) >>> 5] ?? 0) & (1 << (number & 31))) !== 0;
  }

  /** A packet that the peer sealed, with `bytes` of frames, arrived for the first time. */
  onPacket(number: number, isEliciting: boolean, bytes: number, nowMs: number, roundTripMs: number): void {
    this.#see(number);
    const isNext = number === this.largest + 1;
    if (number > this.largest) {
      this.largest = number;
      this.#largestAtMs = nowMs;
    }
    this.#received.add(number, number + 1);
    this.#received.keepHighest(Math.max(1, this.#settings.ackRanges));
    if (!isEliciting) return;
    this.#pending++;
    if (!isNext) this.#isGap = true;
    const isNow = this.#pending >= this.#settings.ackEvery || (this.#pending >= 2 && this.#isGap);
    const { maxAckDelayMs, lineAckDelayMs, smallestDatagram } = this.#settings;
    const isShort = bytes <= smallestDatagram / 2 && !this.#isGap;
    const delayMs = isShort ? lineAckDelayMs : Math.min(maxAckDelayMs, roundTripMs / 8);
    this.dueMs = Math.min(this.dueMs, isNow ? nowMs : nowMs + delayMs);
  }

  /** Writes an acknowledgement if anything is to be acknowledged that the peer waits for, or `always`. */
  write(writer: ByteWriter, nowMs: number, always: boolean): void {
    if (this.#pending === 0 && !always) return;
    if (!writeAck(writer, this.#received, nowMs - this.#largestAtMs, this.#settings.ackRanges)) return;
    this.#pending = 0;
    this.#isGap = false;
    this.dueMs = Infinity;
  }

  #see(number: number): void {
    if (number > this.largest) {
      const passed = Math.min(window, number - this.largest);
      for (let skipped = number - passed + 1; skipped <= number; skipped++) {
        const at = (skipped % window) >>> 5;
        this.#seen[at] = (this.#seen[at] ?? 0) & ~(1 << (skipped & 31));
      }
    }
    const at = (number % window) >>> 5;
    this.#seen[at] = (this.#seen[at] ?? 0) | (1 << (number & 31));
  }
}
