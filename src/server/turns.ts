import { textBytes } from './log/page.ts';
import type { Message } from './messages/entry.ts';

/** Looking through so much text, or writing it, takes milliseconds. */
const bytesATurn = 64 * 1024;

/**
 * Resolves when the sockets of all others were looked at. One immediate would not do: one that is set while sockets are
 * read comes before the next look at them.
 */
export function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/**
 * Gives the event loop back where many messages are looked through or written in a row. By how much text they have, and
 * not by how long it took: so what is short is done at once, however busy the machine is.
 */
export class Turns {
  #bytes = 0;

  /** After `message`. Undefined when the next one may follow at once; otherwise resolves when the others had their turn. */
  after(message: Message): Promise<void> | undefined {
    this.#bytes += textBytes(message);
    if (this.#bytes < bytesATurn) return undefined;
    this.#bytes = 0;
    return nextRound();
  }
}
