/** Bytes that all outboxes hold together, so that many slow readers cost no more than a bound either. */
export class OutboxBudget {
  readonly #limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get isSpent(): boolean {
    return this.#heldBytes > this.#limitBytes;
  }

  /** Counts `bytes` more, or fewer when negative. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }
}
