import type { TestContext } from 'node:test';
import type { Entry, Place } from '../../src/client/client.ts';
import { connect } from '../../src/client-node/connect.ts';
import { closing } from './client-events.ts';
import { testServer } from './server.ts';

export const at = ({ port }: { readonly port: number }) => ({ host: '127.0.0.1', port });
export const quiet = { stateFolder: false, random: () => 0 } as const;
export const password = 'correct-horse';

export const textOf = (entry: Entry) => (entry.kind === 'message' ? entry.text : entry.name);

/** A bot with an account and a place store, and alice who gives it something to do. */
export async function botScene(
  t: TestContext,
  through?: (port: number) => Promise<{ readonly port: number }>,
) {
  const server = await testServer(t, { accounts: { keeper: password } });
  const places: Place[] = [];
  const place = { read: () => places.at(-1), keep: (kept: Place) => void places.push(kept) };
  const where = (await through?.(server.port)) ?? server;
  const options = { ...quiet, name: 'keeper', password, follow: ['job'], place };
  const bot = closing(t, await connect(at(where), options));
  const alice = closing(t, await connect(at(server), { ...quiet, name: 'alice' }));
  return { server, bot, alice, places, options };
}
