import { systemClock } from '../scheduling/clock.ts';
import type { ChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import { type Dial, dialer } from '../transport/dial.ts';
import { UdpLens } from '../transport/udp/sockets/udp-lens.ts';
import { KnownServers } from './known-servers.ts';
import { serverTrust } from './server-trust.ts';

/** Through which a program watches its connections over UDP. */
export const udpLens = new UdpLens();

/** Connects by the transport that the scheme names. Trusts servers as docs/operating.md has it, by `known-servers`. */
export const dial: Dial = dialer(serverTrust(new KnownServers(), systemClock), udpLens);

/**
 * Rejects as a connection to `address` would when the server is not the right one, or cannot be reached. Connects by
 * `connect` only where neither the address nor `known-servers` has a key; what is wrong with those, the connection of
 * the chat itself reports.
 */
export async function assertTrusted(
  address: ChatAddress,
  connect: (address: ChatAddress, signal: AbortSignal) => Promise<Connection>,
  signal: AbortSignal,
): Promise<void> {
  if (address.keySha256 !== undefined || (await new KnownServers().keyOf(address)) !== undefined) return;
  (await connect(address, signal)).destroy();
}
