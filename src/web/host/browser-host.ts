import type { Host } from '../../client/host.ts';
import type { Database } from './database.ts';
import { dialWeb } from './dial.ts';
import { PieceHash } from './sha256.ts';
import { BrowserState } from './state-store.ts';

/** What the client needs of a browser: WebSockets, and a place to keep where the user was. */
export function browserHost(database: Database): Host {
  const noPaths = (): never => {
    throw new Error('A page has no folders');
  };
  return {
    dial: dialWeb,
    files: { open: noPaths, folder: noPaths, sha256: () => new PieceHash() },
    stateStore: ({ name }, { clock }) => new BrowserState(database, name, clock),
  };
}
