/** Frames are joined up to about this many bytes. */
export const joinedBytes = 64 * 1024;

class WriteBuffer {
  #memory = Buffer.allocUnsafeSlow(joinedBytes);
  /** Up to here the memory belongs to writes that the system has not taken. */
  #kept = 0;

  /** Returns memory for a write of `bytes`, at most `joinedBytes`. The next call returns it again, unless it is kept. */
  room(bytes: number): Buffer {
    if (bytes > this.#memory.length - this.#kept) {
      this.#memory = Buffer.allocUnsafeSlow(joinedBytes);
      this.#kept = 0;
    }
    return this.#memory.subarray(this.#kept, this.#kept + bytes);
  }

  /** Call it after a write of `bytes` that the system did not take at once: they must not change any more. */
  keep({ buffer, length }: Uint8Array): void {
    if (buffer === this.#memory.buffer) this.#kept += length;
  }
}

/**
 * The memory in which frames that wait for a reader become one write. All outboxes use it in turn: a write that the
 * system takes at once leaves it free for the next reader, so joining allocates nothing.
 */
export const writeBuffer = new WriteBuffer();
