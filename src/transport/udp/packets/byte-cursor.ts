/** Numbers are big-endian. A 48-bit number holds every offset of a stream that JavaScript can count exactly. */
const high = 2 ** 32;

/** Writes numbers and bytes into a buffer, one behind the other. The caller checks `room` first. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;
  /** Where to stop: an index in `bytes`. */
  limit: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.limit = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get room(): number {
    return this.limit - this.at;
  }

  u8(value: number): void {
    this.#view.setUint8(this.at, value);
    this.at += 1;
  }

  u16(value: number): void {
    this.#view.setUint16(this.at, value);
    this.at += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.at, value);
    this.at += 4;
  }

  u48(value: number): void {
    this.#view.setUint16(this.at, Math.floor(value / high));
    this.#view.setUint32(this.at + 2, value % high);
    this.at += 6;
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }
}

/** What does not have the form that docs/udp.md gives: the packet is dropped, or the association closed. */
export class MalformedError extends Error {}

/** Reads numbers and bytes from a buffer; throws `MalformedError` at its end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at = 0;

  // Without a view: one for each packet costs more than putting bytes together.
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.#byte(this.#pass(1));
  }

  u16(): number {
    return this.#twoBytes(this.#pass(2));
  }

  u32(): number {
    return this.#fourBytes(this.#pass(4));
  }

  u48(): number {
    const at = this.#pass(6);
    return this.#twoBytes(at) * high + this.#fourBytes(at + 2);
  }

  /** A view of the next `length` bytes, not a copy. */
  take(length: number): Uint8Array {
    const at = this.#pass(length);
    return this.bytes.subarray(at, at + length);
  }

  #byte(at: number): number {
    return this.bytes[at] ?? 0;
  }

  #twoBytes(at: number): number {
    return (this.#byte(at) << 8) | this.#byte(at + 1);
  }

  #fourBytes(at: number): number {
    return this.#twoBytes(at) * 0x1_0000 + this.#twoBytes(at + 2);
  }

  #pass(length: number): number {
    const at = this.at;
    if (at + length > this.bytes.length) throw new MalformedError('a packet ends within a field');
    this.at = at + length;
    return at;
  }
}
