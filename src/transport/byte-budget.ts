/** A memory budget that all outboxes, or all inputs, share: it bounds what many slow peers cost together. */
export class ByteBudget {
  readonly #limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isSpent(): boolean {
    return this.#heldBytes > this.#limitBytes;
  }

  /** Counts `bytes` more, or fewer when negative. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }
}
