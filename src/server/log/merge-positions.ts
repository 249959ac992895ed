interface Source {
  position: number;
  readonly rest: Iterator<number>;
}

/**
 * Merges sorted `sources` lazily into one sorted sequence without duplicates; reads one position ahead of each source.
 * `order` is 1 for ascending, -1 for descending.
 */
export function* mergePositions(sources: Iterable<Iterator<number>>, order: 1 | -1): Generator<number> {
  const heap: Source[] = [];
  for (const rest of sources) {
    const first = rest.next();
    if (first.done !== true) heap.push({ position: first.value, rest });
  }
  heap.sort((a, b) => order * (a.position - b.position));
  let given: number | undefined;
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    if (top.position !== given) {
      given = top.position;
      yield given;
    }
    const next = top.rest.next();
    if (next.done !== true) top.position = next.value;
    else {
      const last = heap.pop();
      if (last === undefined || last === top) return;
      heap[0] = last;
    }
    siftDown(heap, order);
  }
}

/** Restores the heap after its root changed. */
function siftDown(heap: Source[], order: 1 | -1): void {
  const moved = heap[0];
  if (moved === undefined) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    let least = heap[child];
    const right = heap[child + 1];
    if (least !== undefined && right !== undefined && order * (right.position - least.position) < 0) {
      least = right;
      child++;
    }
    if (least === undefined || order * (least.position - moved.position) >= 0) break;
    heap[at] = least;
    at = child;
  }
  heap[at] = moved;
}
