import type { Clock } from '../scheduling/clock.ts';
import { elapsed } from '../scheduling/elapsed.ts';

/**
 * How long a server may leave REGISTER unanswered before it gets the empty line that ends a block of headers. The
 * reference server of asn3 waits for it; to many others it is the end of a connection, at which they crash.
 */
export const headerBlockMs = 500;

/**
 * Resolves after `ms`, or when `signal` aborts. It takes two steps: when this process was busy for so long, an answer
 * that has arrived meanwhile is read between them.
 */
export async function silence(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await elapsed(clock, ms - 50, signal);
  await elapsed(clock, 50, signal);
}
