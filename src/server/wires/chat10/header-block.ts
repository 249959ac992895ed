import { beginsHeaderBlock, parseHeader } from '../../../protocol/chat10/request.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { encodeUtf8 } from '../../../protocol/text.ts';

export interface Header {
  readonly kind: 'header';
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

/** What a line after REGISTER is: a header, the end of the header block, or no part of it, which ends it as well. */
export type HeaderLine =
  | Header
  /** A header beyond the maximum size of a block. */
  | { readonly kind: 'too-long' }
  | { readonly kind: 'end' }
  | { readonly kind: 'none' };

/** Reads the optional block directly after REGISTER, line by line: headers up to an empty line, or that line alone. */
export class HeaderBlock {
  #state: 'before' | 'inside' | 'over' = 'before';
  #bytes = 0;

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** There is no block, or it was read already. */
  skip(): void {
    this.#state = 'over';
  }

  take(line: string): HeaderLine {
    const isPart = this.#state === 'inside' || line === '' || beginsHeaderBlock(line);
    const header = parseHeader(line);
    this.#bytes += encodeUtf8(line).length;
    if (isPart && header !== undefined) {
      this.#state = 'inside';
      return this.#bytes > wireLimits.registerBlockBytes
        ? { kind: 'too-long' }
        : { kind: 'header', ...header };
    }
    this.#state = 'over';
    return { kind: line === '' ? 'end' : 'none' };
  }
}
