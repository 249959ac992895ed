/** Bytes that many hold together, outboxes or inputs, so that many slow peers cost no more than a bound either. */
export class ByteBudget {
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
