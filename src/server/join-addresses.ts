import { networkInterfaces } from 'node:os';
import { type ChatAddress, formatChatAddress } from '../transport/address.ts';
import type { ServerCertificate } from './tls/server-certificate.ts';

/** Returns the addresses that people give to `earshot join`: with TLS where the server has a certificate. */
export function joinAddresses(
  listening: readonly ChatAddress[],
  certificate: Pick<ServerCertificate, 'host' | 'fragment'> | undefined,
): readonly string[] {
  return listening.map(({ host, port }) => {
    const reachable = { host: reachableHost(host), port };
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
