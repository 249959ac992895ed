import { isIPv6 } from 'node:net';

/** Addresses as people write them: `chat://host:port` (asn2). */
export interface ChatAddress {
  readonly host: string;
  readonly port: number;
}

export type ParsedAddress =
  | { readonly ok: true; readonly address: ChatAddress }
  | { readonly ok: false; readonly problem: string };

/** Reads `chat://host:port`; `problem` says in plain words what is wrong and what it should look like. */
export function parseChatAddress(text: string): ParsedAddress {
  const problem = (what: string): ParsedAddress => ({
    ok: false,
    problem: `${what}; an address looks like chat://host:port, for example chat://127.0.0.1:4711`,
  });
  if (!text.startsWith('chat://')) return problem('it does not begin with chat://');
  const [, bracketed, plain, digits] =
    /^chat:\/\/(?:\[([^\]]+)\]|([^:/?#@[\]\s]+)):([0-9]+)\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || digits === undefined) {
    if (/:[0-9]+\/?$/.test(text)) return problem('it has no usable host');
    return problem(/:[0-9]+[/?#]/.test(text) ? 'it goes on behind the port' : 'it has no port');
  }
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    return problem('what stands in its brackets is not an IPv6 address');
  }
  const port = Number(digits);
  if (port < 1 || port > 65_535) return problem(`${digits} is not a port from 1 to 65535`);
  return { ok: true, address: { host, port } };
}

export function formatChatAddress({ host, port }: ChatAddress): string {
  return host.includes(':') ? `chat://[${host}]:${port}` : `chat://${host}:${port}`;
}
