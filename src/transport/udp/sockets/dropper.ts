import { isProtected, lowNumberOf } from '../packets/packet-header.ts';
import type { Direction, Trace } from '../trace/events.ts';

/**
 * Throws away a share of the datagrams of one socket, in each direction, to show on a good network what happens on a bad
 * one.
 */
export class Dropper {
  readonly #share: number;
  readonly #random: () => number;
  readonly #trace: Trace | undefined;

  /** `share` is from 0 to below 1; `random` gives numbers from 0 to below 1. */
  constructor(share: number, random: () => number, trace?: Trace) {
    this.#share = share;
    this.#random = random;
    this.#trace = trace;
  }

  /** Whether this datagram is to be thrown away. */
  drops(direction: Direction, bytes: Uint8Array, nowMs: number): boolean {
    if (this.#random() >= this.#share) return false;
    const number = isProtected(bytes) ? lowNumberOf(bytes) : undefined;
    this.#trace?.(nowMs, { kind: 'dropped', direction, bytes: bytes.length, number });
    return true;
  }
}
