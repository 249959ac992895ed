const nothing: Uint8Array = new Uint8Array(0);

/** A buffer up to this size is kept while any byte is left in it: a chunk from a socket is no larger. */
const smallBytes = 65_536;

/**
 * The bytes of a connection that were read and not yet parsed: chunks go in, lines or raw bytes come out. The caller
 * bounds its size: it takes what it can after each `push`, and stops reading the connection while `length` is large.
 *
 * The views that `takeLine` and `takeBytes` return stay valid, because bytes are never moved in place. No byte is
 * searched twice for a line end, however small the chunks in which a line arrives.
 */
export class ByteQueue {
  #bytes = nothing;
  #start = 0;
  #end = 0;
  /** There is no LF before this index. */
  #searched = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  push(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#searched = 0;
      return;
    }
    // A caller's chunk that serves as the buffer has no room after its end, so it is never written to.
    if (this.#end + chunk.length > this.#bytes.length) this.#grow(this.length + chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Takes the next line, without its LF and a CR before that; returns undefined when its end has not arrived yet. */
  takeLine(): Uint8Array | undefined {
    const lineFeed = this.#bytes.subarray(0, this.#end).indexOf(10, this.#searched);
    if (lineFeed < 0) {
      this.#searched = this.#end;
      return undefined;
    }
    const end = lineFeed > this.#start && this.#bytes[lineFeed - 1] === 13 ? lineFeed - 1 : lineFeed;
    const line = this.#bytes.subarray(this.#start, end);
    this.#start = lineFeed + 1;
    this.#searched = this.#start;
    this.#letGo();
    return line;
  }

  /** Takes up to `most` bytes, unchanged; returns an empty array when there are none. */
  takeBytes(most: number): Uint8Array {
    const end = Math.min(this.#end, this.#start + most);
    const bytes = this.#bytes.subarray(this.#start, end);
    this.#start = end;
    this.#searched = Math.max(this.#searched, end);
    this.#letGo();
    return bytes;
  }

  /** Returns all bytes without taking them. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /**
   * Frees a buffer that is mostly taken: a queue that waits for its next line must not hold the memory of a long last
   * one. Each copy has at most a third of the bytes that were taken since the copy before, so many lines cost no more.
   */
  #letGo(): void {
    if (this.length > 0 && (this.#bytes.length <= smallBytes || this.length * 4 > this.#bytes.length)) return;
    this.#bytes = this.length === 0 ? nothing : new Uint8Array(this.peek());
    this.#searched -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(1024, needed * 2));
    grown.set(this.peek());
    this.#searched -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
    this.#bytes = grown;
  }
}
