const slotMs = 0.01;
const slots = 200_000;

/** Counts delays in steps of 10 µs up to two seconds; longer ones count as that. */
export class DelayHistogram {
  readonly #counts = new Uint32Array(slots);
  #sum = 0;

  add(ms: number): void {
    const slot = Math.min(slots - 1, Math.floor(ms / slotMs));
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#sum++;
  }

  /** The delay, in milliseconds, below which `share` (0 to 1) of all lie. */
  percentile(share: number): number {
    let seen = 0;
    const slot = this.#counts.findIndex((count) => {
      seen += count;
      return seen >= share * this.#sum;
    });
    return (slot + 1) * slotMs;
  }
}
