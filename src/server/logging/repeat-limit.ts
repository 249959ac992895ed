import type { Clock } from '../../scheduling/clock.ts';

const windowMs = 60_000;
/** Lines of one kind that pass in a minute. */
const maxRepeats = 50;
/** Maximum number of kinds; the rest share one. Log texts are constants of the program, so there are fewer. */
const maxKinds = 1000;

/** Lets a bounded number of lines of each kind pass in a minute, and sums up the rest. */
export class RepeatLimit {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, number>();
  #isTimed = false;
  readonly #summaries = new Map<string, (more: number) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns whether a line of this kind passes. At the minute's end `summarize` gets the number that did not. */
  count(kind: string, summarize: (more: number) => void): boolean {
    if (!this.#isTimed) {
      this.#isTimed = true;
      this.#clock.after(windowMs, () => this.#endWindow());
    }
    const key = this.#kinds.has(kind) || this.#kinds.size < maxKinds ? kind : '';
    const times = (this.#kinds.get(key) ?? 0) + 1;
    this.#kinds.set(key, times);
    if (times <= maxRepeats) return true;
    this.#summaries.set(key, summarize);
    return false;
  }

  #endWindow(): void {
    this.#isTimed = false;
    const counts = new Map(this.#kinds);
    const summaries = new Map(this.#summaries);
    this.#kinds.clear();
    this.#summaries.clear();
    for (const [key, summarize] of summaries) summarize((counts.get(key) ?? 0) - maxRepeats);
  }
}
