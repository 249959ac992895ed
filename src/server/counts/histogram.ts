/** Upper bounds of durations in seconds: from a tenth of a millisecond to ten seconds. */
export const secondsBounds: readonly number[] = [
  0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10,
];

/** Counts values by size, so that averages and quantiles can be taken from the differences of two looks. */
export class Histogram {
  /** Ascending; a value counts in the first bucket whose bound is not below it. */
  readonly bounds: readonly number[];
  /** One for each bound, and a last one for the values above them all. Not cumulative. */
  readonly buckets: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++;
    this.buckets[at] = (this.buckets[at] ?? 0) + 1;
    this.sum += value;
    this.count++;
  }
}
