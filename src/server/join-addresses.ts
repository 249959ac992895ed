import { networkInterfaces } from 'node:os';
import { type ChatAddress, formatChatAddress, udpScheme } from '../transport/address.ts';
import type { ServerCertificate } from './tls/server-certificate.ts';
import type { ServerKey } from './udp/server-key.ts';

/**
 * Returns the addresses that people give to `earshot join`: over TCP with TLS where the server has a certificate, over UDP
 * with the fingerprint of its key.
 */
export function joinAddresses(
  listening: readonly ChatAddress[],
  certificate: Pick<ServerCertificate, 'host' | 'fragment'> | undefined,
  udpKey: Pick<ServerKey, 'keySha256'> | undefined,
): readonly string[] {
  return listening.map(({ scheme, host, port }) => {
    const reachable = { host: reachableHost(host), port };
    if (scheme === udpScheme) {
      const named = { ...reachable, scheme, host: certificate?.host ?? reachable.host };
      return `${formatChatAddress(named)}#sha256=${udpKey?.keySha256}`;
    }
    if (certificate === undefined) return formatChatAddress(reachable);
    const secure = { ...reachable, scheme: 'chats', host: certificate.host ?? reachable.host };
    return `${formatChatAddress(secure)}${certificate.fragment}`;
  });
}

/** An address that others can use in place of "all addresses". */
export function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find((address) => !address.internal && address.family === 'IPv4')?.address ?? '127.0.0.1';
}
