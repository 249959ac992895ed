import { type ChatAddress, defaultScheme, schemeProblem, UnknownSchemeError } from './address.ts';
import type { Connection } from './connection.ts';
import { dialTcp } from './tcp.ts';

/** Connects; rejects with the system's error, and with the reason of `signal` when that aborts before. */
export type Dial = (address: ChatAddress, signal?: AbortSignal) => Promise<Connection>;

/** A transport is one row. */
const dialers: ReadonlyMap<string, Dial> = new Map([['tcp', dialTcp]]);

/** Why nobody can connect to `address` from here, whoever listens there; undefined when they can. */
export function dialProblem(address: ChatAddress): string | undefined {
  return schemeProblem(address, dialers.keys());
}

/** Connects by the transport that the scheme of `address` names; rejects with `UnknownSchemeError` where there is none. */
export const dial: Dial = async (address, signal) => {
  const dialer = dialers.get(address.scheme ?? defaultScheme);
  if (dialer === undefined) throw new UnknownSchemeError(dialProblem(address));
  return dialer(address, signal);
};
