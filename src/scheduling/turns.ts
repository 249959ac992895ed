/** Reading through, or encoding, this much text takes milliseconds. */
const bytesPerTurn = 64 * 1024;

/**
 * Resolves after the event loop has polled all sockets once. One `setImmediate` is not enough: one that is scheduled
 * while sockets are read runs before the next poll.
 */
export function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/**
 * Yields to the event loop in a loop over many messages. It counts bytes of text, not time, so that a short loop
 * completes in one turn however busy the machine is.
 */
export class Turns {
  #bytes = 0;

  /** Call it after a message with a text of `memoryBytes`. Returns undefined to continue at once, else resolves later. */
  after(memoryBytes: number): Promise<void> | undefined {
    this.#bytes += memoryBytes;
    if (this.#bytes < bytesPerTurn) return undefined;
    this.#bytes = 0;
    return nextRound();
  }
}
