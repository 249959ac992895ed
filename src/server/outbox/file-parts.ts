import type { Clock } from '../../scheduling/clock.ts';

/**
 * So much of a file is written to a slow reader before they have to have taken it: little enough that chat finds room
 * beside it within `outboxBytes`, and that they are seen to take something before they count as stalled.
 */
const partBytes = 128 * 1024;
/** Who takes a part within this time gets whole pieces, which cost less. */
const quickMs = 250;

/** The same bytes, in the parts in which they are written. The next but one is asked for when a part has been taken. */
export async function* partsOf(
  pieces: AsyncIterable<Uint8Array>,
  clock: Clock,
): AsyncGenerator<Uint8Array, void> {
  let isQuick = false;
  let isFirst = true;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, isQuick ? undefined : at + partBytes);
      at += part.length;
      const givenMs = clock.monotonicMs();
      yield part;
      // While this one was given the one before was taken, if there was one.
      isQuick = !isFirst && clock.monotonicMs() - givenMs < quickMs;
      isFirst = false;
    }
  }
}
