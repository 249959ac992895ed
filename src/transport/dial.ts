import { type ChatAddress, defaultScheme, schemeProblem, UnknownSchemeError, udpScheme } from './address.ts';
import type { Connection } from './connection.ts';
import type { ServerTrust } from './server-trust.ts';
import { dialTcp } from './tcp.ts';
import type { UdpLens } from './udp/sockets/udp-lens.ts';

/** Connects. Rejects with the system's error, or with the reason of `signal` when that aborts first. */
export type Dial = (address: ChatAddress, signal?: AbortSignal) => Promise<Connection>;

type MakeDial = (trust: ServerTrust, lens?: UdpLens) => Dial;

/** One row for each transport. Each makes what connects once: connections over UDP share associations. */
const dialers: ReadonlyMap<string, MakeDial> = new Map<string, MakeDial>([
  ['tcp', () => (address, signal) => dialTcp(address, signal)],
  // Loaded when it is needed: a sixth of what a client does at its start.
  [
    'chats',
    (trust) => async (address, signal) => (await import('./tls-dial.ts')).dialTls(address, trust, signal),
  ],
  [
    udpScheme,
    (trust, lens) => {
      let loaded: Promise<Dial> | undefined;
      return async (address, signal) => {
        loaded ??= import('./udp-dial.ts').then(({ udpDial }) => udpDial(trust, lens));
        return (await loaded)(address, signal);
      };
    },
  ],
]);

/** Returns why no transport here can connect to `address`; undefined when one can. */
export function dialProblem(address: ChatAddress): string | undefined {
  return schemeProblem(address, dialers.keys());
}

/**
 * Returns what connects by the transport that the scheme of an address names; it rejects with `UnknownSchemeError` if
 * there is none. `trust` decides about encrypted ones; what is sent over UDP can be watched through `lens`.
 */
export function dialer(trust: ServerTrust, lens?: UdpLens): Dial {
  const made = new Map([...dialers].map(([scheme, make]) => [scheme, make(trust, lens)]));
  return async (address, signal) => {
    const dial = made.get(address.scheme ?? defaultScheme);
    if (dial === undefined) throw new UnknownSchemeError(dialProblem(address));
    return dial(address, signal);
  };
}
