/** A server's address: host, port and transport. */
export interface ChatAddress {
  /** The transport's name; by default `tcp`. */
  readonly scheme?: string;
  readonly host: string;
  readonly port: number;
  /**
   * With `chats` and `chat+udp`: the key that the server must have, as SHA-256 of its SubjectPublicKeyInfo: 64
   * hexadecimal digits.
   */
  readonly keySha256?: string;
}

export type ParsedAddress =
  | { readonly ok: true; readonly address: ChatAddress }
  | { readonly ok: false; readonly problem: string };

export const defaultScheme = 'tcp';

export const udpScheme = 'chat+udp';

/** TLS and UDP, both encrypted: their addresses can name a key. */
const secureSchemes: readonly string[] = ['chats', udpScheme];

/** Whether servers at such addresses have a key, by which clients know them. */
export function hasServerKey({ scheme }: ChatAddress): boolean {
  return scheme !== undefined && secureSchemes.includes(scheme);
}

/** asn2 writes addresses as `chat://host:port`: no transport of its own, but an alias of the default. */
const usualScheme = 'chat';

/**
 * Reads `tcp://host:port`, `host:port` or `chat://host:port`, all of which mean TCP, or another scheme in the same
 * form; `chats://host:port` and `chat+udp://host:port` may end in `#sha256=` and the fingerprint of a key. Does not check
 * that the transport exists; `dial` and `listen` do. `problem` says what is wrong and what an address looks like.
 */
export function parseChatAddress(text: string): ParsedAddress {
  return parse(text, 1, 'an address looks like chat://host:port, for example chat://127.0.0.1:4711');
}

/** As `parseChatAddress`, for an address to listen on: its port may be 0, and the system chooses one. */
export function parseListenAddress(text: string): ParsedAddress {
  return parse(text, 0, 'an address looks like tcp://host:port, for example tcp://0.0.0.0:4711');
}

function parse(text: string, minPort: number, example: string): ParsedAddress {
  const problem = (what: string): ParsedAddress => ({ ok: false, problem: `${what}; ${example}` });
  const [, scheme = usualScheme, rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/su.exec(text) ?? [];
  const [whole = rest, key] = secureSchemes.includes(scheme)
    ? (/^([^#]*)#sha256=([0-9a-f]{64})$/i.exec(rest)?.slice(1) ?? [])
    : [];
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:/?#@[\]\s]+)):([0-9]+)\/?$/.exec(whole) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || digits === undefined) {
    if (rest.includes('://')) return problem('it does not begin with a scheme such as chat://');
    if (/:[0-9]+\/?$/.test(rest)) return problem('it has no usable host');
    if (secureSchemes.includes(scheme) && /:[0-9]+\/?#/.test(rest)) {
      return problem('a fingerprint is #sha256= and 64 digits from 0 to f');
    }
    if (/^[0-9]+$/.test(text)) return problem('it is only a port');
    if (/:[0-9]+[/?#]/.test(rest)) return problem('it has something after the port');
    return problem(/:[^:\]]+$/.test(rest) ? 'its port is not a number' : 'it has no port');
  }
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    return problem('the text in its brackets is not an IPv6 address');
  }
  const port = Number(digits);
  if (port < minPort || port > 65_535) return problem(`${digits} is not a port from ${minPort} to 65535`);
  const isDefault = scheme === usualScheme || scheme === defaultScheme;
  if (isDefault) return { ok: true, address: { host, port } };
  return { ok: true, address: { scheme, host, port, ...(key && { keySha256: key.toLowerCase() }) } };
}

/** Returns `chat://host:port` for TCP, the form that users know; otherwise the address with its scheme. No fingerprint. */
export function formatChatAddress({ scheme = defaultScheme, host, port }: ChatAddress): string {
  const shown = scheme === defaultScheme ? usualScheme : scheme;
  return host.includes(':') ? `${shown}://[${host}]:${port}` : `${shown}://${host}:${port}`;
}

/** Returns undefined if the address's scheme is among `known`; otherwise an error text that lists the known schemes. */
export function schemeProblem(
  { scheme = defaultScheme }: ChatAddress,
  known: Iterable<string>,
): string | undefined {
  const schemes = [...known];
  if (schemes.includes(scheme)) return undefined;
  if (schemes.includes(defaultScheme)) schemes.unshift(usualScheme);
  return `there is no transport ${scheme}:// here, only ${schemes.map((each) => `${each}://`).join(', ')}`;
}

/** No transport has this scheme; the message lists those that exist. */
export class UnknownSchemeError extends Error {}

/** Accepts a zone, as in `fe80::1%eth0`. Uses `URL`, which every JavaScript host has. */
function isIPv6(text: string): boolean {
  const [, bare = ''] = /^([0-9a-f:.]+)(?:%[0-9a-z.:-]+)?$/i.exec(text) ?? [];
  return bare.includes(':') && URL.canParse(`http://[${bare}]`);
}
