import type { EventQueue } from './event-queue.ts';

/** One direction of a path, as bad as a test wants it. Shares are from 0 to 1, times in milliseconds. */
export interface LinkOptions {
  /** Bytes per millisecond at the narrowest place; Infinity by default. */
  readonly rate?: number;
  /** Bytes that wait there before others are dropped; Infinity by default. */
  readonly queueBytes?: number;
  readonly delayMs: number;
  /** Up to so much more for each packet, which keeps its place in the order unless `reorder` says otherwise. */
  readonly jitterMs?: number;
  /** Lost behind the narrow place. */
  readonly loss?: number;
  /** How many packets in a row are lost on average; 1 by default. */
  readonly burst?: number;
  readonly duplicate?: number;
  /** Held back by up to `reorderMs`. */
  readonly reorder?: number;
  readonly reorderMs?: number;
  /** One to many bits are turned, and the kernel's checksum did not see it. */
  readonly corrupt?: number;
  /** Larger datagrams vanish. */
  readonly mtu?: number;
}

/** IP and UDP heads of a datagram. */
const headBytes = 28;

export class Link {
  options: LinkOptions;
  readonly #events: EventQueue;
  readonly #random: () => number;
  readonly #deliver: (bytes: Uint8Array) => void;
  #busyUntilMs = 0;
  #lastArrivalMs = 0;
  #isInBurst = false;
  /** Nothing passes before this time. */
  darkUntilMs = -Infinity;
  /** Sees each datagram that is sent, before anything happens to it. */
  spy: ((bytes: Uint8Array) => void) | undefined;
  datagrams = 0;
  sentBytes = 0;

  constructor(
    options: LinkOptions,
    events: EventQueue,
    random: () => number,
    deliver: (bytes: Uint8Array) => void,
  ) {
    this.options = options;
    this.#events = events;
    this.#random = random;
    this.#deliver = deliver;
  }

  send(bytes: Uint8Array, nowMs: number): void {
    const { rate = Infinity, queueBytes = Infinity, mtu = 65_535, duplicate = 0 } = this.options;
    this.datagrams++;
    this.spy?.(bytes);
    this.sentBytes += bytes.length;
    if (bytes.length > mtu || nowMs < this.darkUntilMs) return;
    const waitingMs = Math.max(0, this.#busyUntilMs - nowMs);
    if (waitingMs * rate > queueBytes) return;
    this.#busyUntilMs = nowMs + waitingMs + (bytes.length + headBytes) / rate;
    if (this.#isLost()) return;
    this.#arrive(bytes);
    if (this.#random() < duplicate) this.#arrive(bytes);
  }

  #arrive(bytes: Uint8Array): void {
    const { delayMs, jitterMs = 0, reorder = 0, reorderMs = 0, corrupt = 0 } = this.options;
    let atMs = this.#busyUntilMs + delayMs + this.#random() * jitterMs;
    if (this.#random() < reorder) atMs += this.#random() * reorderMs;
    else {
      atMs = Math.max(atMs, this.#lastArrivalMs);
      this.#lastArrivalMs = atMs;
    }
    const arriving = this.#random() < corrupt ? this.#corrupted(bytes) : bytes;
    this.#events.add(atMs, () => this.#deliver(arriving));
  }

  /** Gilbert's model: a good and a bad state, of which the bad one loses everything. */
  #isLost(): boolean {
    const { loss = 0, burst = 1 } = this.options;
    if (loss === 0) return false;
    if (burst <= 1) return this.#random() < loss;
    const leave = 1 / burst;
    const enter = (leave * loss) / (1 - loss);
    this.#isInBurst = this.#isInBurst ? this.#random() >= leave : this.#random() < enter;
    return this.#isInBurst;
  }

  #corrupted(bytes: Uint8Array): Uint8Array {
    const turned = new Uint8Array(bytes);
    const bits = this.#random() < 0.5 ? 1 : 1 + Math.floor(this.#random() * 20);
    for (let i = 0; i < bits; i++) {
      const at = Math.floor(this.#random() * turned.length);
      turned[at] = (turned[at] ?? 0) ^ (1 << Math.floor(this.#random() * 8));
    }
    return turned;
  }
}
