import { createHash } from 'node:crypto';
import type { ChatAddress } from './address.ts';
import type { Connection } from './connection.ts';
import type { ServerTrust } from './server-trust.ts';
import { UdpDialer } from './udp/sockets/dial-udp.ts';

/** An Ed25519 key as SubjectPublicKeyInfo in DER is this head and its 32 bytes (RFC 8410). */
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex');

/** SHA-256 of a server's raw public key in the form that addresses name: 64 hexadecimal digits. */
export function keySha256Of(publicKey: Uint8Array): string {
  return createHash('sha256').update(spkiHead).update(publicKey).digest('hex');
}

/**
 * Returns what connects over UDP. Connections to the same address share one association while it has room. Rejects as
 * `dialUdp` does, and with the error of `trust` when the server is not the right one.
 */
export function udpDial(
  trust: ServerTrust,
): (address: ChatAddress, signal?: AbortSignal) => Promise<Connection> {
  const dialer = new UdpDialer();
  return (address, signal) => {
    const isTrusted = async (publicKey: Uint8Array): Promise<boolean> => {
      const shown = { address, keySha256: keySha256Of(publicKey), certificate: undefined };
      return (await trust.check(shown)) === 'trusted';
    };
    const { host, port, keySha256 } = address;
    return dialer.dial({ host, port, isTrusted }, signal, keySha256);
  };
}
