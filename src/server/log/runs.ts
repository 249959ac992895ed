/**
 * A run: positions of one key that were indexed together, as a row of `postings`. The last of them is a column of its
 * own; the blob has what is between it and the one before, and so on down to the first, each as a varint: seven bits a
 * byte, the lowest first, the high bit set on all but the last.
 */
export interface Run {
  readonly last: number;
  readonly gaps: Uint8Array;
}

/** Positions in one run: so many at most are decoded for one that is wanted. */
const maxPositions = 512;

/** The runs that hold the growing `positions`, in their order. */
export function* runsOf(positions: readonly number[]): Generator<Run> {
  for (let start = 0; start < positions.length; start += maxPositions) {
    yield runOf(positions, start, Math.min(start + maxPositions, positions.length));
  }
}

const none = new Uint8Array(0);

function runOf(positions: readonly number[], start: number, end: number): Run {
  const last = positions[end - 1] ?? 0;
  if (end - start === 1) return { last, gaps: none };
  const gaps: number[] = [];
  let position = last;
  for (let at = end - 2; at >= start; at--) {
    const before = positions[at] ?? 0;
    let gap = position - before;
    // By division: positions are greater than what bit operators take.
    for (; gap >= 128; gap = Math.floor(gap / 128)) gaps.push((gap % 128) + 128);
    gaps.push(gap);
    position = before;
  }
  return { last, gaps: Uint8Array.from(gaps) };
}

/** The positions of a run, falling. */
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
