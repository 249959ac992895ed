const nothing: Uint8Array = new Uint8Array(0);

/** Memory up to this many bytes is kept for whatever is left in it: what comes from a socket is no larger. */
const smallBytes = 65_536;

/**
 * What has been read of a connection and not yet been understood: bytes in at one end, lines or raw bytes out
 * at the other. The caller bounds it: it takes what it can after each `push`, and stops reading the connection
 * while `length` is large.
 *
 * Views that `takeLine` and `takeBytes` return stay valid, as bytes are never moved in place. No byte is
 * looked at twice for a line end, however small the pieces in which a line arrives.
 */
export class ByteQueue {
  #bytes = nothing;
  #start = 0;
  #end = 0;
  /** Everything before this has no LF in it. */
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
    // A chunk that was taken over as it came has no room behind its end, so it is never written to.
    if (this.#end + chunk.length > this.#bytes.length) this.#grow(this.length + chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next line without its LF and a CR before that; undefined when its end has not come yet. */
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

  /** Up to `most` bytes as they are; empty when there are none. */
  takeBytes(most: number): Uint8Array {
    const end = Math.min(this.#end, this.#start + most);
    const bytes = this.#bytes.subarray(this.#start, end);
    this.#start = end;
    this.#searched = Math.max(this.#searched, end);
    this.#letGo();
    return bytes;
  }

  /** All bytes that wait, without taking them. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /**
   * Who waits for its next line keeps no memory of the last one, nor, for the beginning of the next, the memory of a long one.
   * Each copy is less than a third of what was taken since the one before, so many short lines cost no more.
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
