import { randomFillSync } from 'node:crypto';
import type { Connection, Listener } from '../../connection.ts';
import type { UdpCounts } from '../counts.ts';
import { ServerEndpoint } from '../endpoints/server-endpoint.ts';
import { identityFrom } from '../handshake/key-exchange.ts';
import { defaultSettings, type UdpSettings } from '../settings.ts';
import { addressesOf, DatagramSocket, nowMs } from './datagram-socket.ts';

export interface ListenUdpOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** 32 random bytes that the server keeps: who knows them can pretend to be it. */
  readonly secret: Uint8Array;
  /** How many associations an address may have; by default, any number. */
  readonly mostFrom?: (host: string) => number;
  readonly settings?: Partial<UdpSettings>;
}

export interface UdpListener extends Listener {
  /** The server's public key, 32 bytes: what clients trust. */
  readonly publicKey: Uint8Array;
  readonly counts: UdpCounts;
}

/**
 * Listens; each stream that a client opens is a connection. Rejects with the system's error (`EADDRINUSE`, `EACCES`, …).
 * All share one socket: after `close`, the port stays taken until the last association is gone.
 */
export async function listenUdp(
  options: ListenUdpOptions,
  onConnection: (connection: Connection) => void,
): Promise<UdpListener> {
  const [host = options.host] = await addressesOf(options.host);
  const socket = new DatagramSocket(host);
  try {
    await socket.bind(host, options.port);
  } catch (error) {
    socket.close();
    throw error;
  }
  const identity = identityFrom(options.secret);
  const closeIfUnused = (): void => {
    if (!endpoint.isAccepting && endpoint.associationCount === 0) socket.close();
  };
  const endpoint = new ServerEndpoint({
    settings: { ...defaultSettings, ...options.settings },
    random: (bytes) => void randomFillSync(bytes),
    transmit: socket.sendTo,
    identity,
    nowMs: nowMs(),
    ...(options.mostFrom !== undefined && { mostFrom: options.mostFrom }),
    events: { onStream: onConnection, onGone: closeIfUnused, onWork: socket.pollSoon },
  });
  socket.serve(endpoint);
  return {
    scheme: 'chat+udp',
    host: options.host,
    port: socket.port,
    publicKey: identity.publicKey,
    get counts() {
      return endpoint.counts;
    },
    async close() {
      endpoint.isAccepting = false;
      closeIfUnused();
    },
    closeAll() {
      endpoint.isAccepting = false;
      endpoint.closeAll();
      // The peers learn of it by one packet each; those whose packet is lost, by an answer to what they send later.
      endpoint.poll(nowMs());
      socket.close();
      return socket.freed;
    },
  };
}
