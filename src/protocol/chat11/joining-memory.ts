import { encodeUtf8Into } from '../text.ts';

/** UTF-8 has at most so many bytes for a UTF-16 unit. */
const bytesPerUnit = 3;
const maxBytes = 16 * 1024;

/** Returns so many bytes, which need not be zero. `subarray` of them is of the same class, such as `Buffer`. */
export type Allocate = (bytes: number) => Uint8Array<ArrayBuffer>;

/**
 * The memory of short encodings that are kept together. An allocation takes longer than an encoding, so each one is for
 * more encodings than the one before.
 */
export class JoiningMemory {
  readonly #allocate: Allocate;
  #memory = new Uint8Array();
  #used = 0;
  #count: number;

  /** The first allocation is for `expected` encodings. */
  constructor(expected = 1, allocate: Allocate = (bytes) => new Uint8Array(bytes)) {
    this.#count = expected;
    this.#allocate = allocate;
  }

  /** Returns `head`, `line` in UTF-8, and `rest`, one behind the other. */
  join(head: Uint8Array, line: string, rest: Uint8Array): Uint8Array<ArrayBuffer> {
    const most = head.length + bytesPerUnit * line.length + rest.length;
    if (most > this.#memory.length - this.#used) this.#renew(most);
    const begin = this.#used;
    this.#memory.set(head, begin);
    const lineEnd = begin + head.length + encodeUtf8Into(line, this.#memory, begin + head.length);
    this.#memory.set(rest, lineEnd);
    this.#used = lineEnd + rest.length;
    return this.#memory.subarray(begin, this.#used);
  }

  #renew(bytes: number): void {
    this.#memory = this.#allocate(Math.max(bytes, Math.min(this.#count * bytes, maxBytes)));
    this.#used = 0;
    this.#count *= 4;
  }
}
