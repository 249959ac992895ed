/**
 * How long an answer takes: smoothed and its variation as in RFC 6298, and the least, which stands for the path without
 * queues. Times in milliseconds.
 */
const firstGuessMs = 100;
/** Timers of operating systems are no finer. */
const granularityMs = 2;
/** The longest time-outs of probes: on short paths, and on any. */
const longestProbesMs = [1000, 3000] as const;
const tailDelaysMs = [2, 10] as const;

export class RoundTrips {
  smoothedMs = firstGuessMs;
  variationMs = firstGuessMs / 2;
  latestMs = firstGuessMs;
  /** The latest without the time that the peer says it kept the acknowledgement. */
  latestOwnMs = firstGuessMs;
  /** Infinity before the first sample. */
  leastMs = Infinity;
  leastAtMs = 0;

  get isKnown(): boolean {
    return this.leastMs < Infinity;
  }

  /** The least, or a guess. */
  get pathMs(): number {
    return this.isKnown ? this.leastMs : firstGuessMs;
  }

  /** `ackDelayMs` is how long the peer says that it kept the acknowledgement. */
  sample(tookMs: number, ackDelayMs: number, nowMs: number): void {
    this.latestMs = tookMs;
    this.latestOwnMs = tookMs - ackDelayMs;
    const isFirst = !this.isKnown;
    if (tookMs <= this.leastMs) {
      this.leastMs = tookMs;
      this.leastAtMs = nowMs;
    }
    const ownMs = tookMs - ackDelayMs >= this.leastMs ? tookMs - ackDelayMs : tookMs;
    if (isFirst) {
      this.smoothedMs = ownMs;
      this.variationMs = ownMs / 2;
      return;
    }
    this.variationMs += (Math.abs(this.smoothedMs - ownMs) - this.variationMs) / 4;
    this.smoothedMs += (ownMs - this.smoothedMs) / 8;
  }

  /** Takes `leastMs` anew: the path may have changed. */
  renewLeast(leastMs: number, nowMs: number): void {
    this.leastMs = leastMs;
    this.leastAtMs = nowMs;
  }

  /** Forgets everything: the path is another one. */
  reset(): void {
    this.smoothedMs = firstGuessMs;
    this.variationMs = firstGuessMs / 2;
    this.leastMs = Infinity;
  }

  /** Without an acknowledgement for so long, something is sent to provoke one. */
  probeTimeoutMs(peerAckDelayMs: number): number {
    return this.smoothedMs + Math.max(4 * this.variationMs, granularityMs) + peerAckDelayMs;
  }

  /** By what the path needs, with a bound: a machine that slept has seen round trips of any length, perhaps no other. */
  get longestProbeMs(): number {
    return Math.min(Math.max(longestProbesMs[0], 3 * this.pathMs), longestProbesMs[1]);
  }

  /** How long a copy of a short tail waits for the acknowledgement that makes it needless. */
  get tailDelayMs(): number {
    return Math.min(tailDelaysMs[1], Math.max(tailDelaysMs[0], this.pathMs / 8));
  }

  /** A packet that is missing for so long is lost. */
  lossDelayMs(threshold: number): number {
    return threshold * Math.max(this.smoothedMs, this.latestMs) + 1;
  }
}
