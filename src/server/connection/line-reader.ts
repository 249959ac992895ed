import { decodeUtf8, hasControlCharacter } from '../../protocol/text.ts';
import type { Input } from '../../transport/input.ts';

/** A line as it came, or why it cannot be used, in words for its sender. */
export type Line = { readonly text: string } | { readonly problem: string };

export function lineOf(text: string): Line {
  return hasControlCharacter(text) ? { problem: 'That line holds control characters' } : { text };
}

/**
 * Reads lines of bounded length: strict UTF-8 without control characters. A line that breaks a rule is reported as one
 * line and skipped as a whole, so that the next one is read correctly.
 */
export class LineReader {
  readonly #input: Input;
  #maxBytes: number;
  /** Inside a line that was already reported as too long. */
  #isSkipping = false;

  constructor(input: Input, maxBytes: number) {
    this.#input = input;
    this.#maxBytes = maxBytes;
  }

  /** Sets how many bytes a line may have from here on. */
  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Returns the next line; undefined when more input is needed. The last line of a stream may lack its line end. */
  take(): Line | undefined {
    const bytes = this.#input.takeLine() ?? this.#input.takeLastLine();
    if (bytes === undefined) return this.#giveUpOnLongLine();
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return this.take();
    }
    if (bytes.length > this.#maxBytes) return this.#tooLong();
    const text = decodeUtf8(bytes);
    return text === undefined ? { problem: 'That line is not valid UTF-8' } : lineOf(text);
  }

  #giveUpOnLongLine(): Line | undefined {
    if (this.#input.length <= this.#maxBytes) return undefined;
    this.#input.takeBytes(this.#input.length);
    if (this.#isSkipping) return undefined;
    this.#isSkipping = true;
    return this.#tooLong();
  }

  #tooLong(): Line {
    return { problem: `That line is too long; a line has at most ${this.#maxBytes} bytes` };
  }
}
