interface Waiting<Item> {
  readonly item: Item;
  /** Virtual times, in cost served, as if all lanes got an equal share. The smallest `finish` goes first. */
  readonly begin: number;
  readonly finish: number;
  /** Breaks ties: first in, first out. */
  readonly order: number;
}

/**
 * Fair queueing (Demers, Keshav, Shenker 1989; virtual time as in start-time fair queueing, Goyal, Vin, Cheng 1996).
 * Each lane is first in, first out. Lanes share the service by cost, so a lane that asks for little is served soon,
 * however much others have queued.
 */
export class FairQueue<Item, Lane = string> {
  /** A binary heap, ordered by `finish`. */
  readonly #heap: Waiting<Item>[] = [];
  /** The `finish` of each lane's last item; dropped after `#served` has passed it. */
  readonly #lanes = new Map<Lane, number>();
  #served = 0;
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** `cost` is in any unit, the same for all lanes; less than 1 counts as 1. */
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

  /** Drops all lanes when nothing waits; otherwise, when there are many, those that `#served` has passed. */
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
