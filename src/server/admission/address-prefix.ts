import { BlockList, isIP } from 'node:net';

/** A range of addresses: all that begin with the same `bits` bits. */
export interface AddressPrefix {
  readonly family: 'ipv4' | 'ipv6';
  /** The first address of the range, without the bits that are not part of the prefix. */
  readonly network: string;
  readonly bits: number;
}

/** Shorter prefixes cover so much of the Internet that they are more likely to be a mistake. */
const leastBits = { ipv4: 8, ipv6: 16 } as const;

/**
 * Parses an address or a prefix (`192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`). An IPv4 address in IPv6 form counts as
 * IPv4. Returns undefined when `text` is neither, and a problem when the prefix covers too much.
 */
export function parseAddressPrefix(text: string): AddressPrefix | { readonly problem: string } | undefined {
  const [address = '', suffix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined;
  const most = version === 4 ? 32 : 128;
  if (suffix !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(suffix)) return undefined;
  const bits = suffix === undefined ? most : Number(suffix);
  if (bits > most) return { problem: `a prefix has at most ${most} bits` };
  const bytes = bytesOf(address);
  if (isMapped(bytes) && bits >= 96) return checked(bytes.slice(12), bits - 96);
  return checked(bytes, bits);
}

function checked(bytes: readonly number[], bits: number): AddressPrefix | { readonly problem: string } {
  const family = bytes.length === 4 ? 'ipv4' : 'ipv6';
  if (bits < leastBits[family]) return { problem: `a prefix has at least ${leastBits[family]} bits` };
  return { family, network: textOf(maskedTo(bits, bytes)), bits };
}

/** The first `bits` bits of an address, the others 0. */
export function maskedTo(bits: number, bytes: readonly number[]): number[] {
  return bytes.map((byte, at) => byte & maskOf(bits - 8 * at));
}

/** The bytes of a valid address: 4, also of an IPv4 address in IPv6 form, or 16. */
export function bytesOfAddress(address: string): readonly number[] {
  const bytes = bytesOf(address);
  return isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** The prefix as people write it: without its length when it is one address. */
export function formatAddressPrefix({ family, network, bits }: AddressPrefix): string {
  return bits === (family === 'ipv4' ? 32 : 128) ? network : `${network}/${bits}`;
}

/** Returns whether `address`, as a connection has it, is in the list. IPv4 in IPv6 form counts as IPv4. */
export function isListed(list: BlockList, address: string): boolean {
  const [bare = ''] = address.split('%');
  const version = isIP(bare);
  return version !== 0 && list.check(bare, version === 4 ? 'ipv4' : 'ipv6');
}

export function listOf(prefixes: Iterable<AddressPrefix>): BlockList {
  const list = new BlockList();
  for (const { network, bits, family } of prefixes) list.addSubnet(network, bits, family);
  return list;
}

/** The bits of a byte that belong to a prefix of which `bits` are left. */
function maskOf(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

/** The 4 or 16 bytes of a valid address. */
function bytesOf(address: string): number[] {
  if (isIP(address) === 4) return address.split('.').map(Number);
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [, front = '', ...last] = dotted ?? [];
  const [a = 0, b = 0, c = 0, d = 0] = last.map(Number);
  const hex =
    dotted === null ? address : `${front}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  const [head = '', tail] = hex.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

/** Whether it is `::ffff:a.b.c.d`. */
function isMapped(bytes: readonly number[]): boolean {
  const isLong = bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff;
  return isLong && bytes.slice(0, 10).every((byte) => byte === 0);
}

function textOf(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => (bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0));
  const full = groups.map((group) => group.toString(16)).join(':');
  // The URL standard writes the longest run of zeros as `::`.
  return new URL(`http://[${full}]`).hostname.slice(1, -1);
}
