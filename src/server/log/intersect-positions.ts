/** After so many positions that were looked at in vain, one is yielded all the same. */
const looksBetweenYields = 256;

/**
 * Yields the positions that all of `sources` have, each sorted in the same `order` (1 is ascending, -1 descending), and from
 * time to time another one in this order: so a caller who counts what it gets in vain can stop a search that finds nothing.
 */
export function* intersectPositions(
  sources: readonly Iterator<number>[],
  order: 1 | -1,
): Generator<number, void, undefined> {
  const heads: number[] = [];
  for (const source of sources) {
    const first = source.next();
    if (first.done === true) return;
    heads.push(first.value);
  }
  const [one] = heads;
  if (one === undefined) return;
  let wanted = one;
  let looks = 0;
  for (;;) {
    let agreeing = 0;
    for (const [at, source] of sources.entries()) {
      let head = heads[at] ?? 0;
      while (order * (head - wanted) < 0) {
        const next = source.next();
        if (next.done === true) return;
        head = next.value;
        if (++looks % looksBetweenYields === 0) yield wanted;
      }
      heads[at] = head;
      if (head === wanted) agreeing++;
      else {
        wanted = head;
        break;
      }
    }
    if (agreeing < sources.length) continue;
    yield wanted;
    const next = sources[0]?.next();
    if (next === undefined || next.done === true) return;
    heads[0] = next.value;
    wanted = next.value;
  }
}
