/**
 * How many later packets must have arrived before a missing one counts as lost: more on a path where some come late, for a
 * while after the last one did.
 */
const most = 64;
const lifeMs = 10_000;

export class PacketThreshold {
  readonly #usual: number;
  #packets: number;
  #untilMs = 0;

  constructor(usual: number) {
    this.#usual = usual;
    this.#packets = usual;
  }

  at(nowMs: number): number {
    if (nowMs > this.#untilMs) this.#packets = this.#usual;
    return this.#packets;
  }

  /** A packet that was taken for lost arrived after `distance` later ones. */
  onLate(distance: number, nowMs: number): void {
    this.#packets = Math.max(this.#packets, Math.min(most, distance));
    this.#untilMs = nowMs + lifeMs;
  }
}
