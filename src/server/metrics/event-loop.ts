import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EventLoopDelay } from './sources.ts';

/** Node looks at the loop this often: each look wakes the process up. */
const resolutionMs = 50;

/** Measures how late the event loop runs its timers, a minute at a time, so that any number of readers see the same. */
export class EventLoop {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #lastMinute: EventLoopDelay | undefined;

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  get delay(): EventLoopDelay {
    return this.#lastMinute ?? delayIn(this.#histogram);
  }

  endMinute(): void {
    this.#lastMinute = delayIn(this.#histogram);
    this.#histogram.reset();
  }
}

/** Node records the time from look to look, in nanoseconds: what exceeds the resolution is the delay. */
function delayIn(histogram: ReturnType<typeof monitorEventLoopDelay>): EventLoopDelay {
  const late = (ns: number): number => Math.max(0, (ns || 0) / 1e9 - resolutionMs / 1_000);
  if (histogram.count === 0) return { mean: 0, p99: 0, max: 0 };
  return { mean: late(histogram.mean), p99: late(histogram.percentile(99)), max: late(histogram.max) };
}
