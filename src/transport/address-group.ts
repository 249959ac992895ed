import { BlockList, isIPv6 } from 'node:net';

/**
 * Returns an address as people know it: IPv4 in IPv6 form, which a socket that takes both reports, as IPv4. Other text
 * is returned unchanged.
 */
export function plainAddress(address: string): string {
  const [, v4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return v4 ?? address;
}

/**
 * Returns what counts as one peer: an IPv4 address, or the /64 of an IPv6 address, because each customer gets at least
 * a /64 and chooses addresses in it freely. IPv4 in IPv6 form counts as IPv4. Other text is returned unchanged.
 */
export function addressGroup(address: string): string {
  // It is asked for each datagram of a stranger.
  if (!address.includes(':')) return address;
  const [first = ''] = address.split('%');
  if (!isIPv6(first)) return address;
  const bare = plainAddress(first);
  if (!isIPv6(bare)) return bare;
  const [head = '', tail] = bare.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  // Dotted digits at the end stand for two groups, which are never among the first four.
  const groups = front.length + back.length + (bare.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups }, () => '0');
  const network = [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether `address` is a loopback address, also an IPv4 one in IPv6 form. */
export function isLoopbackAddress(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
