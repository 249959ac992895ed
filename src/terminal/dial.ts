import { serverAt } from '../client/connect/attempt.ts';
import { systemProblem } from '../client/system-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Clock } from '../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { dial as dialTransport } from '../transport/dial.ts';
import type { Report } from './report.ts';

/** A connection to the server at `address`, or what the user is told when there is none. */
export async function dial(
  address: ChatAddress,
  clock: Clock,
  leaving: AbortSignal,
): Promise<Connection | Report> {
  try {
    return await serverAt(address, dialTransport, clock).dial(leaving);
  } catch (error) {
    if (leaving.aborted) return { code: exitCodes.ok };
    const where = formatChatAddress(address);
    return { code: exitCodes.unavailable, problem: `cannot reach ${where}: ${systemProblem(error)}` };
  }
}
