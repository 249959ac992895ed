import type { ChatAddress } from './address.ts';
import type { Connection } from './connection.ts';
import type { ServerTrust } from './server-trust.ts';
import { keySha256Of } from './udp/handshake/key-exchange.ts';
import { UdpDialer } from './udp/sockets/dial-udp.ts';
import type { UdpLens } from './udp/sockets/udp-lens.ts';

/**
 * Returns what connects over UDP, and can be watched through `lens`. Connections to the same address share one association
 * while it has room. Rejects as `dialUdp` does, and with the error of `trust` when the server is not the right one.
 */
export function udpDial(
  trust: ServerTrust,
  lens?: UdpLens,
): (address: ChatAddress, signal?: AbortSignal) => Promise<Connection> {
  const dialer = new UdpDialer({}, lens);
  return (address, signal) => {
    const isTrusted = async (publicKey: Uint8Array): Promise<boolean> => {
      const shown = { address, keySha256: keySha256Of(publicKey), certificate: undefined };
      return (await trust.check(shown)) === 'trusted';
    };
    const { host, port, keySha256 } = address;
    return dialer.dial({ host, port, isTrusted }, signal, keySha256);
  };
}
