import { type ChatAddress, defaultScheme, schemeProblem, UnknownSchemeError } from './address.ts';
import type { Connection } from './connection.ts';
import { dialTcp } from './tcp.ts';

/** Connects. Rejects with the system's error, or with the reason of `signal` when that aborts first. */
export type Dial = (address: ChatAddress, signal?: AbortSignal) => Promise<Connection>;

/** One row for each transport. */
const dialers: ReadonlyMap<string, Dial> = new Map([['tcp', dialTcp]]);

/** Returns why no transport here can connect to `address`; undefined when one can. */
export function dialProblem(address: ChatAddress): string | undefined {
  return schemeProblem(address, dialers.keys());
}

/** Connects by the transport that the scheme of `address` names; rejects with `UnknownSchemeError` if there is none. */
export const dial: Dial = async (address, signal) => {
  const dialer = dialers.get(address.scheme ?? defaultScheme);
  if (dialer === undefined) throw new UnknownSchemeError(dialProblem(address));
  return dialer(address, signal);
};
