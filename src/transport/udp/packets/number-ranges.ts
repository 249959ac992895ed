/**
 * A set of whole numbers as ranges, each from its first number to the one behind its last: packet numbers that arrived,
 * bytes of a stream that are acknowledged, lost, or out of order. Costs what there are ranges, not numbers.
 */
export class NumberRanges {
  /** Start and end of each range, ascending; no two ranges touch. */
  readonly #bounds: number[] = [];

  get count(): number {
    return this.#bounds.length / 2;
  }

  /** The start of range `index`, the lowest being 0; -1 when there is none. */
  startOf(index: number): number {
    return this.#bounds[2 * index] ?? -1;
  }

  endOf(index: number): number {
    return this.#bounds[2 * index + 1] ?? -1;
  }

  /** Adds the numbers from `start` to before `end`; returns how many were new. */
  add(start: number, end: number): number {
    if (end <= start) return 0;
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    if (last < 0 || start > (bounds[last] ?? 0)) {
      bounds.push(start, end);
      return end - start;
    }
    if (start === bounds[last]) {
      bounds[last] = end;
      return end - start;
    }
    const from = this.#firstEndingAt(start);
    let to = from;
    let covered = 0;
    let low = start;
    let high = end;
    for (; to < bounds.length && (bounds[to] ?? 0) <= end; to += 2) {
      const rangeStart = bounds[to] ?? 0;
      const rangeEnd = bounds[to + 1] ?? 0;
      covered += Math.max(0, Math.min(end, rangeEnd) - Math.max(start, rangeStart));
      low = Math.min(low, rangeStart);
      high = Math.max(high, rangeEnd);
    }
    if (to === from) bounds.splice(from, 0, low, high);
    else {
      bounds[from] = low;
      bounds[from + 1] = high;
      if (to > from + 2) bounds.splice(from + 2, to - from - 2);
    }
    return end - start - covered;
  }

  /** Takes out the numbers from `start` to before `end`. */
  remove(start: number, end: number): void {
    const bounds = this.#bounds;
    if (end <= start || bounds.length === 0) return;
    for (let at = this.#firstEndingAt(start + 1); at < bounds.length && (bounds[at] ?? 0) < end; ) {
      const rangeStart = bounds[at] ?? 0;
      const rangeEnd = bounds[at + 1] ?? 0;
      if (rangeStart < start && rangeEnd > end) {
        bounds.splice(at + 1, 0, start, end);
        return;
      }
      if (rangeStart < start) {
        bounds[at + 1] = start;
        at += 2;
      } else if (rangeEnd > end) {
        bounds[at] = end;
        return;
      } else bounds.splice(at, 2);
    }
  }

  /** Whether `number` is in the set. */
  has(number: number): boolean {
    const at = this.#firstEndingAt(number + 1);
    return at < this.#bounds.length && (this.#bounds[at] ?? 0) <= number;
  }

  /** Adds the numbers from `start` to before `end` that `other` does not have. */
  addWithout(start: number, end: number, other: NumberRanges): void {
    let at = start;
    for (let index = other.#firstEndingAt(start + 1) / 2; at < end; index++) {
      const otherStart = index < other.count ? other.startOf(index) : end;
      this.add(at, Math.min(end, otherStart));
      at = index < other.count ? Math.max(at, other.endOf(index)) : end;
    }
  }

  /** Forgets the lowest ranges until `most` are left. */
  keepHighest(most: number): void {
    if (this.count > most) this.#bounds.splice(0, 2 * (this.count - most));
  }

  clear(): void {
    this.#bounds.length = 0;
  }

  /** The index in `#bounds` of the first range whose end is `number` or more. */
  #firstEndingAt(number: number): number {
    let low = 0;
    let high = this.#bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[2 * middle + 1] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}
