import { systemProblem } from '../client/system-error.ts';
import type { Clock } from '../clock.ts';
import { exitCodes } from '../exit-codes.ts';
import { type ChatAddress, formatChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { dialTcp } from '../transport/tcp.ts';
import type { Report } from './report.ts';

const connectMs = 10_000;

/** A connection to the server at `address`, or what the user is told when there is none. */
export async function dial(
  address: ChatAddress,
  clock: Clock,
  leaving: AbortSignal,
): Promise<Connection | Report> {
  const late = new AbortController();
  const timer = clock.after(connectMs, () => late.abort(new Error('no answer')));
  try {
    return await dialTcp(address, AbortSignal.any([leaving, late.signal]));
  } catch (error) {
    if (leaving.aborted) return { code: exitCodes.ok };
    const where = formatChatAddress(address);
    return { code: exitCodes.unavailable, problem: `cannot reach ${where}: ${systemProblem(error)}` };
  } finally {
    timer.cancel();
  }
}
