import type { Entry } from '../messages/entry.ts';
import { keysIn } from '../messages/keys.ts';

/** In memory: for each key the positions of the entries that carry it, ascending. `*` is not among the keys. */
export type Postings = Map<string, number[]>;

/** Adds an entry, which must be later than all before. */
export function addPostings(postings: Postings, { position, sender, message }: Entry): void {
  for (const key of keysIn(sender, message)) {
    const positions = postings.get(key);
    // `keysIn` may yield a key more than once.
    if (positions?.at(-1) === position) continue;
    if (positions === undefined) postings.set(key, [position]);
    else positions.push(position);
  }
}

/**
 * On disk: a row of the table `postings` is a run of positions of one key that were indexed together. The column `last` is
 * the last of them. The blob `gaps` holds the difference to the position before it, and so on down to the first, each as
 * a varint: seven bits a byte, lowest first, the high bit set on all bytes but the last.
 */
export interface Run {
  readonly last: number;
  readonly gaps: Uint8Array;
}

/** Maximum positions in a run, which is what a reader decodes to get one of them. */
const maxPositions = 512;

/** Encodes ascending `positions` as runs, in their order. */
export function* runsOf(positions: ArrayLike<number>): Generator<Run> {
  for (let start = 0; start < positions.length; start += maxPositions) {
    yield runOf(positions, start, Math.min(start + maxPositions, positions.length));
  }
}

const none = new Uint8Array(0);

function runOf(positions: ArrayLike<number>, start: number, end: number): Run {
  const last = positions[end - 1] ?? 0;
  if (end - start === 1) return { last, gaps: none };
  const gaps: number[] = [];
  let position = last;
  for (let at = end - 2; at >= start; at--) {
    const before = positions[at] ?? 0;
    let gap = position - before;
    // By division, as positions may exceed the 32 bits of bit operators.
    for (; gap >= 128; gap = Math.floor(gap / 128)) gaps.push((gap % 128) + 128);
    gaps.push(gap);
    position = before;
  }
  return { last, gaps: Uint8Array.from(gaps) };
}

/** Decodes a run: its positions, descending. */
export function positionsIn({ last, gaps }: Run): number[] {
  const positions = [last];
  let position = last;
  let gap = 0;
  let scale = 1;
  for (const byte of gaps) {
    gap += (byte % 128) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    position -= gap;
    positions.push(position);
    gap = 0;
    scale = 1;
  }
  return positions;
}
