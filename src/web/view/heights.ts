import type { Row } from '../model/timeline.ts';

/** The height of a row that was never drawn, in CSS pixels. */
const guessed = 26;

/** Where each row of a long list begins, in CSS pixels: of rows that were drawn, as measured; of others, guessed. */
export class Heights {
  readonly #measured = new Map<string, number>();
  #rows: readonly Row[] = [];
  /** The top of row n at n; one more for the end. Valid up to `#valid`. */
  #tops = new Float64Array(1024);
  #valid = 0;

  /** Takes the rows of now. A list that only grew keeps what was computed. */
  follow(rows: readonly Row[]): void {
    if (rows !== this.#rows) this.#valid = 0;
    this.#rows = rows;
    if (rows.length + 1 > this.#tops.length) {
      const tops = new Float64Array(2 * rows.length + 1);
      tops.set(this.#tops);
      this.#tops = tops;
    }
  }

  /** Forgets all: the width of the list has changed. */
  forget(): void {
    this.#measured.clear();
    this.#valid = 0;
  }

  measured(at: number, height: number): void {
    const key = this.#rows[at]?.key;
    if (key === undefined || this.#measured.get(key) === height) return;
    this.#measured.set(key, height);
    this.#valid = Math.min(this.#valid, at);
  }

  /** The top of row `at`, or the end of the list. */
  top(at: number): number {
    const last = Math.min(at, this.#rows.length);
    for (; this.#valid < last; this.#valid++) {
      const height = this.#measured.get(this.#rows[this.#valid]?.key ?? '') ?? guessed;
      this.#tops[this.#valid + 1] = (this.#tops[this.#valid] ?? 0) + height;
    }
    return this.#tops[last] ?? 0;
  }

  get total(): number {
    return this.top(this.#rows.length);
  }

  /** The row at `y`; the last one when that is below all. */
  at(y: number): number {
    this.top(this.#rows.length);
    let low = 0;
    let high = Math.max(0, this.#rows.length - 1);
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#tops[middle] ?? 0) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
