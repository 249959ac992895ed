import { type ChatAddress, defaultScheme, schemeProblem, UnknownSchemeError } from './address.ts';
import type { Connection, Listener } from './connection.ts';
import { listenTcp } from './tcp.ts';
import type { TlsServer } from './tls-server.ts';

export interface ListenOptions {
  /** Idle time after which the system begins to probe a peer, in milliseconds. */
  readonly keepAliveMs?: number;
  /** With it, the port also answers TLS. */
  readonly tls?: TlsServer | undefined;
}

type Listen = (
  address: ChatAddress & ListenOptions,
  onConnection: (connection: Connection) => void,
) => Promise<Listener>;

/** One row for each transport. */
const listens: ReadonlyMap<string, Listen> = new Map([['tcp', listenTcp]]);

/** Returns why no transport here can listen on `address`; undefined when one can. */
export function listenProblem(address: ChatAddress): string | undefined {
  return schemeProblem(address, listens.keys());
}

/** `address` cannot be listened on; `cause` is the system's error. */
export class ListenError extends Error {
  readonly address: ChatAddress;

  constructor(address: ChatAddress, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.address = address;
  }
}

/**
 * Listens on all `addresses`, each by the transport that its scheme names. If one fails, closes the others and rejects
 * with a `ListenError`.
 */
export async function listen(
  addresses: readonly ChatAddress[],
  options: ListenOptions,
  onConnection: (connection: Connection) => void,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  for (const address of addresses) {
    try {
      const transport = listens.get(address.scheme ?? defaultScheme);
      if (transport === undefined) throw new UnknownSchemeError(listenProblem(address));
      listeners.push(await transport({ ...options, ...address }, onConnection));
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.close()));
      throw new ListenError(address, error);
    }
  }
  return listeners;
}
