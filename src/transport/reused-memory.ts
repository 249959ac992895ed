/**
 * Memory in which writes are made, one after the other. A write that the system takes at once leaves it free for the next,
 * so making one allocates nothing.
 */
export class ReusedMemory {
  readonly #bytes: number;
  #memory: Buffer;
  /** Up to here the memory belongs to writes that the system has not taken. */
  #kept = 0;

  /** `bytes`: the longest write. */
  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#memory = Buffer.allocUnsafeSlow(bytes);
  }

  /** Returns memory for a write of so many bytes. The next call returns it again, unless it is kept. */
  room(bytes: number): Buffer {
    if (bytes > this.#bytes - this.#kept) {
      this.#memory = Buffer.allocUnsafeSlow(this.#bytes);
      this.#kept = 0;
    }
    return this.#memory.subarray(this.#kept, this.#kept + bytes);
  }

  /**
   * Call it before the next `room` when the system did not take a write at once: its bytes must not change any more. Does
   * nothing for bytes that are not in this memory.
   */
  keep({ buffer, byteOffset, length }: Uint8Array): void {
    if (buffer === this.#memory.buffer) this.#kept = byteOffset + length;
  }
}
