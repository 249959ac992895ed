import { type Clock, systemClock } from '../../src/scheduling/clock.ts';

/** Loaded before a program (`hastily`): its clock goes ten times as fast, so that its time-outs come soon. */
const factor = 10;
const { monotonicMs, after } = systemClock;
const hasty: Pick<Clock, 'monotonicMs' | 'after'> = {
  monotonicMs: () => monotonicMs() * factor,
  after: (delayMs, action) => after(delayMs / factor, action),
};
Object.assign(systemClock, hasty);
