import type { Clock } from '../../scheduling/clock.ts';

const windowMs = 60_000;
/** So many of one kind are let through in a minute. */
const maxRepeats = 50;
/** Kinds that are told apart: log texts are constants of the program, so there are never more. */
const maxKinds = 1000;

/** Lets what is said over and over through a bounded number of times a minute, and sums up the rest. */
export class RepeatLimit {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, number>();
  #isTimed = false;
  readonly #summaries = new Map<string, (more: number) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether one more of this kind is let through; when not, `summarize` gets how many were not, at the minute's end. */
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
