/** Reads an input as a script: small numbers and pieces of bytes, until nothing is left. */
export class Script {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next byte; 0 behind the end. */
  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  /** Up to 255 bytes: as many as the next byte says. */
  piece(): Uint8Array {
    const length = this.byte();
    const from = this.#at;
    this.#at += length;
    return this.#bytes.slice(from, from + length);
  }
}
