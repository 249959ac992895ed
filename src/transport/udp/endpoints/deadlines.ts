/** Who is due when: a heap in which a newer, earlier time of the same one takes the place of the old, which is skipped. */
interface Entry<T> {
  readonly dueMs: number;
  readonly item: T;
}

export class Deadlines<T extends object> {
  readonly #heap: Entry<T>[] = [];
  readonly #scheduled = new Map<T, number>();

  /** When the first one is due; Infinity when none is. */
  get nextMs(): number {
    return this.#heap[0]?.dueMs ?? Infinity;
  }

  /** `item` is due at `dueMs`. If it is later than was said before, it is still taken then. */
  schedule(item: T, dueMs: number): void {
    if (dueMs === Infinity || dueMs >= (this.#scheduled.get(item) ?? Infinity)) return;
    this.#scheduled.set(item, dueMs);
    const heap = this.#heap;
    let at = heap.length;
    heap.push({ dueMs, item });
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#dueAt(parent) <= dueMs) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes one that is due at `nowMs`; undefined when none is. */
  take(nowMs: number): T | undefined {
    while (this.nextMs <= nowMs) {
      const entry = this.#pop();
      if (entry === undefined || this.#scheduled.get(entry.item) !== entry.dueMs) continue;
      this.#scheduled.delete(entry.item);
      return entry.item;
    }
    return undefined;
  }

  #pop(): Entry<T> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (this.#dueAt(child) < this.#dueAt(least)) least = child;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #dueAt(index: number): number {
    return this.#heap[index]?.dueMs ?? Infinity;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
