/**
 * The bytes of a stream between two offsets, in a ring that grows as far as it must and is let go of when it is empty:
 * most streams of a chat are silent most of the time, and hold nothing then.
 */
const firstBytes = 2048;
const nothing = new Uint8Array(0);

export class ByteRing {
  #bytes = nothing;

  /** Makes room for the offsets from `start` to before `end`, and keeps those of them up to `keptEnd`. */
  reserve(start: number, end: number, keptEnd: number): void {
    if (end - start <= this.#bytes.length) return;
    let size = Math.max(firstBytes, this.#bytes.length);
    while (size < end - start) size *= 2;
    const grown = new Uint8Array(size);
    const old = this.#bytes;
    for (let at = start; at < keptEnd; ) {
      const length = Math.min(keptEnd - at, old.length - (at % old.length), size - (at % size));
      grown.set(old.subarray(at % old.length, (at % old.length) + length), at % size);
      at += length;
    }
    this.#bytes = grown;
  }

  put(offset: number, bytes: Uint8Array): void {
    const at = offset % this.#bytes.length;
    const first = this.#bytes.length - at;
    if (bytes.length <= first) this.#bytes.set(bytes, at);
    else {
      this.#bytes.set(bytes.subarray(0, first), at);
      this.#bytes.set(bytes.subarray(first), 0);
    }
  }

  /** Copies `length` bytes from `offset` into `target` at `targetAt`. */
  copy(offset: number, length: number, target: Uint8Array, targetAt: number): void {
    const at = offset % this.#bytes.length;
    const first = this.#bytes.length - at;
    if (length <= first) target.set(this.#bytes.subarray(at, at + length), targetAt);
    else {
      target.set(this.#bytes.subarray(at), targetAt);
      target.set(this.#bytes.subarray(0, length - first), targetAt + first);
    }
  }

  /** Bytes that it holds in memory. */
  get size(): number {
    return this.#bytes.length;
  }

  free(): void {
    this.#bytes = nothing;
  }
}
