/**
 * The last chunk of what a stream has sent, if it is short: nothing that follows would show its loss, so copies of it
 * follow by themselves.
 */
export interface TailChunk {
  readonly offset: number;
  readonly length: number;
  /** Whether the stream ends with it. */
  readonly isFinal: boolean;
}

/**
 * How many copies follow on a path that loses the share `loss` of packets, so that no more than the share `allLost` of
 * chunks is lost with all of its copies. At least one, and no more than `most`.
 */
export function copiesFor(loss: number, allLost: number, most: number): number {
  if (loss <= 0) return Math.min(1, most);
  const sent = Math.ceil(Math.log(allLost) / Math.log(Math.min(loss, 0.99)));
  return Math.min(most, Math.max(1, sent - 1));
}

export class Tail implements TailChunk {
  offset = -1;
  length = 0;
  isFinal = false;
  /** Copies that still follow. */
  copies = 0;
  /** When the next one does. */
  dueMs = Infinity;

  /** A chunk of at most `most` bytes was sent. Returns whether copies of it follow that are new. */
  watch(chunk: TailChunk, copies: number, dueMs: number, most: number): boolean {
    const { offset, isFinal } = chunk;
    const end = offset + chunk.length;
    const ownEnd = this.offset + this.length;
    // A copy, or what is sent again because the packet was lost.
    if (offset >= this.offset && end <= ownEnd && (!isFinal || this.isFinal)) return false;
    if (this.copies > 0) {
      const start = Math.min(offset, this.offset);
      if (Math.max(end, ownEnd) - start <= most) {
        // A line right behind the last one, or an older one that is sent again: their copies leave together.
        this.length = Math.max(end, ownEnd) - start;
        this.offset = start;
        this.isFinal ||= isFinal;
        this.copies = copies;
        return true;
      }
      // What is sent again must not take the place of a newer line.
      if (end < ownEnd) return false;
    }
    this.offset = offset;
    this.length = chunk.length;
    this.isFinal = isFinal;
    this.copies = copies;
    this.dueMs = dueMs;
    return true;
  }
}
