import type { Clock } from '../scheduling/clock.ts';
import type { ChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { dial } from '../transport/dial.ts';
import type { Dial } from './client.ts';

const connectMs = 10_000;

/**
 * A connection to the server at `address`; rejects with the system's error, with "no answer" after ten seconds, or with
 * the reason of `leaving` when that aborts before.
 */
export async function dialServer(
  address: ChatAddress,
  clock: Clock,
  leaving: AbortSignal,
  connect: Dial = dial,
): Promise<Connection> {
  const late = new AbortController();
  const timer = clock.after(connectMs, () => late.abort(new Error('no answer')));
  try {
    return await connect(address, AbortSignal.any([leaving, late.signal]));
  } finally {
    timer.cancel();
  }
}
