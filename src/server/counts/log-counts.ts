import { Histogram, secondsBounds } from './histogram.ts';

/** What the log has done since it was opened. */
export class LogCounts {
  /** From passing a group to the writer until it is on the disk, in seconds. */
  readonly commitSeconds = new Histogram(secondsBounds);
  /** Messages in a committed group. */
  readonly groupSize = new Histogram([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
  /** When the group that is being committed was passed to the writer (`performance.now()`); undefined without one. */
  committingSinceMs: number | undefined;

  committed(messages: number): void {
    if (this.committingSinceMs === undefined) return;
    this.commitSeconds.observe((performance.now() - this.committingSinceMs) / 1_000);
    this.groupSize.observe(messages);
  }

  /** How long the current commit has taken so far, in milliseconds; 0 without one. */
  get waitingMs(): number {
    return this.committingSinceMs === undefined ? 0 : performance.now() - this.committingSinceMs;
  }
}
