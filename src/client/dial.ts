import type { Clock } from '../scheduling/clock.ts';
import type { ChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { dialTcp } from '../transport/tcp.ts';

const connectMs = 10_000;

/**
 * A connection to the server at `address`; rejects with the system's error, with "no answer" after ten seconds, or with
 * the reason of `leaving` when that aborts before.
 */
export async function dialServer(
  address: ChatAddress,
  clock: Clock,
  leaving: AbortSignal,
): Promise<Connection> {
  const late = new AbortController();
  const timer = clock.after(connectMs, () => late.abort(new Error('no answer')));
  try {
    return await dialTcp(address, AbortSignal.any([leaving, late.signal]));
  } finally {
    timer.cancel();
  }
}
