/** A word longer than this is no typing error of anything. */
const maxCharacters = 20;

/**
 * Returns the candidate that a typing error most likely made `word` of: one wrong, missing, superfluous or swapped
 * character, in words of more than six characters two. The first of several equally near ones; undefined when none is
 * near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > maxCharacters) return undefined;
  let best: string | undefined;
  let least = word.length > 6 ? 3 : 2;
  for (const candidate of candidates) {
    const distance = distanceOf(word, candidate);
    if (distance >= least) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** How many characters have to be changed, added, removed or swapped with the next one to make `a` of `b`. */
export function distanceOf(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let distance = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) distance = Math.min(distance, at(beforeLast, j - 2) + 1);
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
