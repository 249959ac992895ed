import { stripTelnet } from '../../protocol/telnet.ts';
import { decodeUtf8, hasControlCharacter } from '../../protocol/text.ts';
import type { Input } from '../../transport/input.ts';

/** A line as it came, or why it cannot be used, in words for its sender. */
export type Line = { readonly text: string } | { readonly problem: string };
/** What telnet's commands are answered with: bytes that go to the peer as they are. */
export interface TelnetAnswer {
  readonly telnet: Uint8Array;
}

export function lineOf(text: string): Line {
  return hasControlCharacter(text) ? { problem: 'That line holds control characters' } : { text };
}

/**
 * Reads lines of bounded length: strict UTF-8 without control characters. A line that breaks a rule is reported as one
 * line and skipped as a whole, so that the next one is read correctly. Telnet's commands are no part of a line.
 */
export class LineReader {
  readonly #input: Input;
  #maxBytes: number;
  /** Inside a line that was already reported as too long. */
  #isSkipping = false;
  /** A line whose commands are answered before it. */
  #next: Line | undefined;

  constructor(input: Input, maxBytes: number) {
    this.#input = input;
    this.#maxBytes = maxBytes;
  }

  /** Sets how many bytes a line may have from here on. */
  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns the next line, or first the answer to telnet's commands in it; undefined when more input is needed. The last
   * line of a stream may lack its line end.
   */
  take(): Line | TelnetAnswer | undefined {
    if (this.#next !== undefined) return this.#takeNext();
    const bytes = this.#input.takeLine() ?? this.#input.takeLastLine();
    if (bytes === undefined) return this.#giveUpOnLongLine() ?? this.#answer(this.#input.peek());
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return this.take();
    }
    const line = bytes.length > this.#maxBytes ? this.#tooLong() : this.#lineIn(bytes);
    this.#input.telnet.endLine();
    return line;
  }

  #lineIn(bytes: Uint8Array): Line | TelnetAnswer {
    const text = decodeUtf8(bytes);
    if (text !== undefined) return lineOf(text);
    const stripped = decodeUtf8(stripTelnet(bytes));
    const line = stripped === undefined ? { problem: 'That line is not valid UTF-8' } : lineOf(stripped);
    const answer = this.#answer(bytes);
    if (answer !== undefined) this.#next = line;
    return answer ?? line;
  }

  #takeNext(): Line | undefined {
    const line = this.#next;
    this.#next = undefined;
    return line;
  }

  #answer(bytes: Uint8Array): TelnetAnswer | undefined {
    const telnet = this.#input.telnet.answer(bytes);
    return telnet && { telnet };
  }

  #giveUpOnLongLine(): Line | undefined {
    if (this.#input.length <= this.#maxBytes) return undefined;
    this.#input.takeBytes(this.#input.length);
    this.#input.telnet.endLine();
    if (this.#isSkipping) return undefined;
    this.#isSkipping = true;
    return this.#tooLong();
  }

  #tooLong(): Line {
    return { problem: `That line is too long; a line has at most ${this.#maxBytes} bytes` };
  }
}
