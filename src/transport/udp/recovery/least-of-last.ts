/** The least of the last few numbers; 0 until there are that many. */
export class LeastOfLast {
  readonly #values: Float64Array;
  #next = 0;

  constructor(count: number) {
    this.#values = new Float64Array(count);
  }

  /** Numbers from 0 on; with a 0 among the last few, the least is that 0. */
  add(value: number): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#values.length;
  }

  get least(): number {
    let least = Infinity;
    for (const value of this.#values) if (value < least) least = value;
    return least;
  }

  forget(): void {
    this.#values.fill(0);
    this.#next = 0;
  }
}
