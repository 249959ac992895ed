import type { Row } from '../model/timeline.ts';

/** The height of a row that was never drawn, in CSS pixels. */
const guessed = 26;
/** Heights of rows that are no longer in the list are kept up to this many more than there are rows. */
const spare = 1_000;

/**
 * Where each row of a long list begins, in CSS pixels: of rows that were drawn, as measured; of others, guessed. A
 * Fenwick tree has the sums of heights, so a row that turns out higher costs no walk over those below it.
 */
export class Heights {
  #measured = new Map<string, number>();
  #rows: readonly Row[] = [];
  /** How many of the rows have been taken in. The list may have grown since. */
  #taken = 0;
  #heights = new Float64Array(1024);
  /** At n, from 1 on: the sum of the heights of the last `n & -n` of the first n rows. */
  #sums = new Float64Array(1025);

  /** Takes the rows of now. An array that was given before may have grown at its end, and nowhere else. */
  follow(rows: readonly Row[]): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#taken = 0;
    if (this.#measured.size > rows.length + spare) this.#prune();
  }

  /** Forgets all: the width of the list has changed. */
  forget(): void {
    this.#measured.clear();
    this.#taken = 0;
  }

  measured(at: number, height: number): void {
    this.#take();
    const key = this.#rows[at]?.key;
    const before = this.#heights[at];
    if (key === undefined || before === undefined) return;
    this.#measured.set(key, height);
    if (before === height) return;
    this.#heights[at] = height;
    for (let n = at + 1; n <= this.#taken; n += n & -n)
      this.#sums[n] = (this.#sums[n] ?? 0) + height - before;
  }

  /** The top of row `at`, or the end of the list. */
  top(at: number): number {
    this.#take();
    let sum = 0;
    for (let n = Math.min(at, this.#taken); n > 0; n -= n & -n) sum += this.#sums[n] ?? 0;
    return sum;
  }

  get total(): number {
    return this.top(this.#rows.length);
  }

  /** The row at `y`; the last one when that is below all. */
  at(y: number): number {
    this.#take();
    let row = 0;
    let top = 0;
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, this.#taken))); step >= 1; step /= 2) {
      const end = row + step <= this.#taken ? top + (this.#sums[row + step] ?? 0) : Number.POSITIVE_INFINITY;
      if (end > y) continue;
      row += step;
      top = end;
    }
    return Math.max(0, Math.min(row, this.#taken - 1));
  }

  /** Takes in the rows that came since. The list grows whenever a message comes, not only when it is drawn. */
  #take(): void {
    const { length } = this.#rows;
    if (this.#taken === length) return;
    if (length > this.#heights.length) {
      this.#heights = grown(this.#heights, 2 * length);
      this.#sums = grown(this.#sums, 2 * length + 1);
    }
    for (; this.#taken < length; this.#taken++) {
      const height = this.#measured.get(this.#rows[this.#taken]?.key ?? '') ?? guessed;
      const n = this.#taken + 1;
      let sum = height;
      for (let below = 1; below < (n & -n); below *= 2) sum += this.#sums[n - below] ?? 0;
      this.#heights[this.#taken] = height;
      this.#sums[n] = sum;
    }
  }

  #prune(): void {
    const kept = new Map<string, number>();
    for (const { key } of this.#rows) {
      const height = this.#measured.get(key);
      if (height !== undefined) kept.set(key, height);
    }
    this.#measured = kept;
  }
}

function grown(numbers: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const more = new Float64Array(length);
  more.set(numbers);
  return more;
}
