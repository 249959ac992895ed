/** Counts events by their kind. Kinds are constants of the program, so there are few. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(kind: string, times = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  [Symbol.iterator](): IterableIterator<[kind: string, count: number]> {
    return this.#counts[Symbol.iterator]();
  }
}
