interface Waiting<Item> {
  readonly item: Item;
  /** When it would begin and be done, by the cost served, if every lane got the same share: what is done first goes first. */
  readonly begin: number;
  readonly finish: number;
  /** Among equals the first that came goes first. */
  readonly order: number;
}

/**
 * Fair queueing (Demers, Keshav, Shenker 1989; virtual time as in start-time fair queueing, Goyal, Vin, Cheng 1996): items of one lane come out in the order in which they came in,
 * and the lanes share what is served by cost. So whoever asks for little is served soon, whatever others have waiting.
 */
export class FairQueue<Item, Lane = string> {
  /** A binary heap by finish. */
  readonly #heap: Waiting<Item>[] = [];
  /** The finish of the last item of each lane, as long as it lies ahead. */
  readonly #lanes = new Map<Lane, number>();
  #served = 0;
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** `cost` in whatever unit, the same for all; at least 1 is counted. */
  push(lane: Lane, cost: number, item: Item): void {
    const begin = Math.max(this.#served, this.#lanes.get(lane) ?? 0);
    const finish = begin + Math.max(1, cost);
    this.#lanes.set(lane, finish);
    this.#heap.push({ item, begin, finish, order: this.#order++ });
    this.#up(this.#heap.length - 1);
  }

  take(): Item | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (first !== last) {
      this.#heap[0] = last;
      this.#down(0);
    }
    this.#served = Math.max(this.#served, first.begin);
    this.#forgetLanes();
    return first.item;
  }

  /** Nothing waits, or many lanes have had no more than their share. */
  #forgetLanes(): void {
    if (this.#heap.length === 0) {
      this.#served = 0;
      this.#lanes.clear();
    }
    if (this.#lanes.size < 2 * this.#heap.length + 64) return;
    for (const [lane, finish] of this.#lanes) if (finish <= this.#served) this.#lanes.delete(lane);
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    let at = from;
    for (;;) {
      let next = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, next)) next = child;
      }
      if (next === at) return;
      this.#swap(at, next);
      at = next;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return false;
    return a.finish < b.finish || (a.finish === b.finish && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
