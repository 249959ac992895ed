import { serverAt } from '../client/connect/attempt.ts';
import { ConnectError, UntrustedServerError } from '../client/errors.ts';
import { systemProblem } from '../client/system-error.ts';
import { assertTrusted, dial as dialNode } from '../client-node/dial.ts';
import { exitCodes } from '../exit-codes.ts';
import { hasControlCharacter, quoteShort } from '../protocol/text.ts';
import type { Clock } from '../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress, hasServerKey, parseChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { dialProblem } from '../transport/dial.ts';
import { type Report, refused, usage } from './report.ts';
import type { UdpOptions } from './udp-lens.ts';

/** A server as a command line names it: `chat://host:port`, `host:port`, or host and port apart, as they were typed. */
export type ServerOptions = UdpOptions &
  ({ readonly address: string } | { readonly host: string; readonly port: string });

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
  const problem = parsed.ok
    ? (browserProblem(parsed.address) ?? dialProblem(parsed.address))
    : parsed.problem;
  return parsed.ok && problem === undefined
    ? parsed.address
    : usage(`${quoteShort(text)} is not an address: ${problem}`);
}

/** What somebody gets who copies what a server prints behind `Web:`. */
function browserProblem(address: ChatAddress): string | undefined {
  const scheme = { http: 'tcp', https: 'chats' }[address.scheme ?? ''];
  if (scheme === undefined) return undefined;
  return `that is for a browser; the same server is ${formatChatAddress({ ...address, scheme })} here`;
}

/**
 * As `readServerAddress`, and for an encrypted server makes sure first that it is the right one: asks the person at the
 * terminal about a key that nobody knows. Nothing of the chat is sent meanwhile. Also begins what `options` say of UDP;
 * `hasPrompt` is false for clients that never have one.
 */
export async function trustedAddress(
  options: ServerOptions,
  clock: Clock,
  leaving: AbortSignal,
  hasPrompt = true,
): Promise<ChatAddress | Report> {
  const address = readServerAddress(options);
  if ('code' in address) return address;
  if (options.drop !== undefined || options.trace !== undefined) {
    const { lookAtUdp } = await import('./udp-lens.ts');
    const problem = lookAtUdp(options, address, hasPrompt);
    if (problem !== undefined) return problem;
  }
  if (!hasServerKey(address)) return address;
  try {
    await assertTrusted(address, (asked, signal) => serverAt(asked, dialNode, clock).dial(signal), leaving);
    return address;
  } catch (error) {
    if (leaving.aborted) return { code: exitCodes.ok };
    if (!(error instanceof UntrustedServerError && error.canAsk)) return reportOf(error, address);
    const { askTrust, canAskPerson } = await import('./sign-in/ask-trust.ts');
    if (!canAskPerson()) return refused(error.message);
    return askTrust(address, error.keySha256, leaving);
  }
}

/** Connects to `address`. Resolves with the connection, or with a report for the user when that fails. */
export async function dial(
  address: ChatAddress,
  clock: Clock,
  leaving: AbortSignal,
): Promise<Connection | Report> {
  try {
    return await serverAt(address, dialNode, clock).dial(leaving);
  } catch (error) {
    if (leaving.aborted) return { code: exitCodes.ok };
    return reportOf(error, address);
  }
}

function reportOf(error: unknown, address: ChatAddress): Report {
  if (error instanceof ConnectError) return refused(error.message);
  const where = formatChatAddress(address);
  return { code: exitCodes.unavailable, problem: `cannot reach ${where}: ${systemProblem(error)}` };
}
