/** Rows of pieces that are remembered: readers who are sent to one after the other mostly get one of few. */
const maxRemembered = 8;

interface Joined {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

/**
 * Puts pieces together into one, the same one for all who get the same pieces: five hundred readers of a group of
 * messages cost one copy of it. Nobody may change what goes in or comes out.
 */
export class FrameJoiner {
  /** The newest last. */
  readonly #remembered: Joined[] = [];

  join(pieces: readonly Uint8Array[]): Uint8Array {
    const [only] = pieces;
    if (only !== undefined && pieces.length === 1) return only;
    const known = this.#remembered.findLast((joined) => isSame(joined.pieces, pieces));
    if (known !== undefined) return known.bytes;
    const joined = { pieces, bytes: Buffer.concat(pieces) };
    this.#remembered.push(joined);
    if (this.#remembered.length > maxRemembered) this.#remembered.shift();
    return joined.bytes;
  }
}

/** By identity: what was encoded once is one object. */
function isSame(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false;
  return true;
}
