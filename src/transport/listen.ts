import { type ChatAddress, defaultScheme, schemeProblem, UnknownSchemeError, udpScheme } from './address.ts';
import type { Connection, Listener } from './connection.ts';
import { listenTcp } from './tcp.ts';
import type { TlsServer } from './tls-server.ts';
import { sumOfCounts, type UdpCounts } from './udp/counts.ts';
import { type ListenUdpOptions, listenUdp } from './udp/sockets/listen-udp.ts';

export interface ListenOptions {
  /** Idle time after which the system begins to probe a peer, in milliseconds. */
  readonly keepAliveMs?: number;
  /** With it, a TCP port also answers TLS. */
  readonly tls?: TlsServer | undefined;
  /** What UDP needs; without it, no address can be listened on over UDP. */
  readonly udp?: UdpServer | undefined;
}

export type UdpServer = Pick<ListenUdpOptions, 'secret' | 'mostFrom' | 'settings'>;

/** `scheme` is that of the address it came to. */
export type OnConnection = (connection: Connection, scheme: string) => void;

type Listen = (
  address: ChatAddress & ListenOptions,
  onConnection: (connection: Connection) => void,
) => Promise<Listener>;

/** One row for each transport. */
const listens: ReadonlyMap<string, Listen> = new Map<string, Listen>([
  ['tcp', listenTcp],
  [
    udpScheme,
    ({ host, port, udp }, onConnection) => {
      if (udp === undefined) throw new Error('there is no key for UDP');
      return listenUdp({ host, port, ...udp }, onConnection);
    },
  ],
]);

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
  onConnection: OnConnection,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  for (const address of addresses) {
    try {
      const { scheme = defaultScheme } = address;
      const transport = listens.get(scheme);
      if (transport === undefined) throw new UnknownSchemeError(listenProblem(address));
      listeners.push(
        await transport({ ...options, ...address }, (connection) => onConnection(connection, scheme)),
      );
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.closeAll()));
      throw new ListenError(address, error);
    }
  }
  return listeners;
}

/** What those of `listeners` that are over UDP have counted, in all. */
export function udpCountsOf(listeners: readonly (Listener & { readonly counts?: UdpCounts })[]): UdpCounts {
  return sumOfCounts(listeners.flatMap(({ counts }) => counts ?? []));
}
