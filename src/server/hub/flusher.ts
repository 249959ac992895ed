import type { Clock } from '../../scheduling/clock.ts';
import type { FanOutCounts } from '../counts/fan-out-counts.ts';
import type { Device } from './user.ts';

/** Outboxes are flushed at the end of a group when its delivery, with groups before it, has taken so long. */
const maxDelayMs = 40;
/** Flushing may be interrupted after so many outboxes: a look at the clock costs as much as some ten deliveries. */
const flushesBetweenLooks = 16;

/**
 * Flushes each outbox once for all that was delivered to it. A write costs as much as dozens of deliveries, so groups that
 * were committed during a fan-out share it.
 */
export class Flusher {
  readonly #counts: FanOutCounts;
  readonly #clock: Clock;
  readonly #drop: (device: Device, error: unknown) => void;
  readonly #devices = new Set<Device>();
  /** When the first of its groups began. */
  #beganMs: number | undefined;

  /** `drop`: called for a device whose outbox throws. */
  constructor(counts: FanOutCounts, clock: Clock, drop: (device: Device, error: unknown) => void) {
    this.#counts = counts;
    this.#clock = clock;
    this.#drop = drop;
  }

  /** Call it when a group begins. */
  begin(nowMs: number): void {
    this.#beganMs ??= nowMs;
  }

  /** Something was delivered to the device's outbox. */
  add(device: Device): void {
    this.#devices.add(device);
  }

  /** Whether it is time for `flushAll`. `isLast`: no other group is waiting. */
  isDue(isLast: boolean): boolean {
    if (this.#beganMs === undefined) return false;
    return isLast || this.#clock.monotonicMs() - this.#beganMs > maxDelayMs;
  }

  /** Yields wherever it may be interrupted. */
  *flushAll(): Generator<void> {
    let flushed = 0;
    for (const device of this.#devices) {
      this.flush(device);
      if (++flushed % flushesBetweenLooks === 0) yield;
    }
    this.#devices.clear();
    this.#counts.flushed(this.#clock.monotonicMs() - (this.#beganMs ?? 0));
    this.#beganMs = undefined;
  }

  flush(device: Device): void {
    try {
      device.outbox.flush();
    } catch (error) {
      this.#drop(device, error);
    }
  }
}
