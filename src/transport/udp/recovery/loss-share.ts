/** The share of packets that was lost, over some number of the last ones; the older a packet, the less it counts. */
export class LossShare {
  readonly #memory: number;
  #lost = 0;
  seen = 0;

  constructor(memory: number) {
    this.#memory = memory;
  }

  /** From 0 to 1. */
  get share(): number {
    return this.seen === 0 ? 0 : this.#lost / this.seen;
  }

  note(isLost: boolean): void {
    if (isLost) this.#lost++;
    if (++this.seen <= this.#memory) return;
    this.#lost /= 2;
    this.seen /= 2;
  }

  forget(): void {
    this.#lost = 0;
    this.seen = 0;
  }
}
