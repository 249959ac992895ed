import { decodeUtf8 } from '../../../protocol/text.ts';
import type { Input } from '../../../transport/input.ts';
import { type Line, lineOf } from '../../connection/line-reader.ts';

/** Reads what a raw client sends: each read is one line, or several if line ends are in it. */
export class RawLines {
  readonly #input: Input;
  readonly #maxBytes: number;

  constructor(input: Input, maxBytes: number) {
    this.#input = input;
    this.#maxBytes = maxBytes;
  }

  /** Returns the next line; undefined when nothing has come. */
  take(): Line | undefined {
    if (this.#input.length === 0) return undefined;
    const bytes = this.#input.takeLine() ?? this.#input.takeBytes(this.#input.length);
    if (bytes.length > this.#maxBytes) return { problem: `A line has at most ${this.#maxBytes} bytes` };
    const text = decodeUtf8(bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes);
    return text === undefined ? { problem: 'That line is not valid UTF-8' } : lineOf(text);
  }
}
