import { serverAt } from '../client/connect/attempt.ts';
import { systemProblem } from '../client/system-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { hasControlCharacter, quoteShort } from '../protocol/text.ts';
import type { Clock } from '../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress, parseChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { dialProblem, dial as dialTransport } from '../transport/dial.ts';
import { type Report, usage } from './report.ts';

/** A server as a command line names it: `chat://host:port`, `host:port`, or host and port apart, as they were typed. */
export type ServerOptions = { readonly address: string } | { readonly host: string; readonly port: string };

/** Returns the server's address, or a report for the user when it is invalid. */
export function readServerAddress(options: ServerOptions): ChatAddress | Report {
  if ('address' in options) return readAddress(options.address);
  const { host, port } = options;
  const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : 0;
  if (host === '' || /\s/u.test(host) || hasControlCharacter(host)) {
    return usage(`${quoteShort(host)} is not a host`);
  }
  if (number < 1 || number > 65_535) return usage(`${quoteShort(port)} is not a port from 1 to 65535`);
  return { host, port: number };
}

function readAddress(text: string): ChatAddress | Report {
  const parsed = parseChatAddress(text);
  const problem = parsed.ok ? dialProblem(parsed.address) : parsed.problem;
  return parsed.ok && problem === undefined
    ? parsed.address
    : usage(`${quoteShort(text)} is not an address: ${problem}`);
}

/** Connects to `address`. Resolves with the connection, or with a report for the user when that fails. */
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
