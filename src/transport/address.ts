/** A server's address: where it is, and by which transport it is reached. */
export interface ChatAddress {
  /** The name of a transport; `tcp` where it is left out. */
  readonly scheme?: string;
  readonly host: string;
  readonly port: number;
}

export type ParsedAddress =
  | { readonly ok: true; readonly address: ChatAddress }
  | { readonly ok: false; readonly problem: string };

export const defaultScheme = 'tcp';

/** asn2 writes addresses as `chat://host:port`: no transport of its own, but the usual one. */
const usualScheme = 'chat';

/**
 * Reads `tcp://host:port`, `host:port` or `chat://host:port`, all of which mean TCP, or another scheme in the same form.
 * Whether there is such a transport is for `dial` and `listen` to say. `problem` says in plain words what is wrong and
 * what it should look like.
 */
export function parseChatAddress(text: string): ParsedAddress {
  return parse(text, 1, 'an address looks like chat://host:port, for example chat://127.0.0.1:4711');
}

/** The same for an address to listen on, whose port may be 0: the system chooses. */
export function parseListenAddress(text: string): ParsedAddress {
  return parse(text, 0, 'an address looks like tcp://host:port, for example tcp://0.0.0.0:4711');
}

function parse(text: string, minPort: number, example: string): ParsedAddress {
  const problem = (what: string): ParsedAddress => ({ ok: false, problem: `${what}; ${example}` });
  const [, scheme = usualScheme, rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/su.exec(text) ?? [];
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:/?#@[\]\s]+)):([0-9]+)\/?$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || digits === undefined) {
    if (rest.includes('://')) return problem('it does not begin with a scheme such as chat://');
    if (/:[0-9]+\/?$/.test(rest)) return problem('it has no usable host');
    return problem(/:[0-9]+[/?#]/.test(rest) ? 'it goes on behind the port' : 'it has no port');
  }
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    return problem('what stands in its brackets is not an IPv6 address');
  }
  const port = Number(digits);
  if (port < minPort || port > 65_535) return problem(`${digits} is not a port from ${minPort} to 65535`);
  const isDefault = scheme === usualScheme || scheme === defaultScheme;
  return { ok: true, address: isDefault ? { host, port } : { scheme, host, port } };
}

/** `chat://host:port` for TCP, as people know it; otherwise with the scheme. */
export function formatChatAddress({ scheme = defaultScheme, host, port }: ChatAddress): string {
  const shown = scheme === defaultScheme ? usualScheme : scheme;
  return host.includes(':') ? `${shown}://[${host}]:${port}` : `${shown}://${host}:${port}`;
}

/** That there is no transport of an address's scheme, and which there are; undefined if it is among `known`. */
export function schemeProblem(
  { scheme = defaultScheme }: ChatAddress,
  known: Iterable<string>,
): string | undefined {
  const schemes = [...known];
  if (schemes.includes(scheme)) return undefined;
  return `there is no transport ${scheme}:// here, only ${schemes.map((each) => `${each}://`).join(', ')}`;
}

/** There is no transport of a scheme; the message says which there are. */
export class UnknownSchemeError extends Error {}

/** With or without a zone, as in `fe80::1%eth0`. Every JavaScript host has `URL`. */
function isIPv6(text: string): boolean {
  const [, bare = ''] = /^([0-9a-f:.]+)(?:%[0-9a-z.:-]+)?$/i.exec(text) ?? [];
  return bare.includes(':') && URL.canParse(`http://[${bare}]`);
}
