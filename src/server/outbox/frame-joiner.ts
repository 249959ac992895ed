/** Results that are remembered. Consecutive readers of a fan-out mostly get one of few combinations. */
const maxRemembered = 8;

interface Joined {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

/**
 * Concatenates pieces and returns the same result for the same pieces: a group of messages to five hundred readers is
 * copied once. Callers must change neither the pieces nor the result.
 */
export class FrameJoiner {
  /** Newest last. */
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

/** Compares by identity: an entry that is encoded once is one object. */
function isSame(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false;
  return true;
}
