import { createHash } from 'node:crypto';
import type { Address, Client, ConnectOptions, NameStatus } from '../client/client.ts';
import { connectOn } from '../client/connect/connect.ts';
import { type LookUpOptions, lookUpOn } from '../client/connect/look-up.ts';
import type { Host } from '../client/host.ts';
import { dial } from '../transport/dial.ts';
import { DownloadFolder } from './download-folder.ts';
import { openFileToSend } from './file-to-send.ts';
import { defaultStateFolder, StateFile } from './state-file.ts';

/** Sockets, files on a disk, state in the user's home. */
const node: Host = {
  dial,
  files: {
    open: openFileToSend,
    folder: (path) => new DownloadFolder(path),
    sha256() {
      const hash = createHash('sha256');
      return { update: (piece) => void hash.update(piece), hex: () => hash.digest('hex') };
    },
  },
  stateStore: (account, { folder, clock, onProblem }) =>
    new StateFile(folder ?? defaultStateFolder(process.env), account, clock, onProblem),
};

/**
 * Connects and logs in, over CHAT/1.1 if the server knows it, else over CHAT/1.0. Resolves once the user is let in, and
 * from then on the client comes back by itself. Rejects with `ConnectError`, and with the reason of `options.signal` when
 * that aborts before.
 *
 * Without a password the user is a guest; with one it logs in, or makes the account with `newAccount`. An account that
 * was here before, with the same `stateFolder`, is told first what it missed.
 */
export function connect(address: Address, options: ConnectOptions): Promise<Client> {
  return connectOn(node, address, options);
}

/** Asks what is known of `name`, without logging in. Rejects as `connect` does, with `foreign` over CHAT/1.0. */
export function lookUp(address: Address, name: string, options: LookUpOptions = {}): Promise<NameStatus> {
  return lookUpOn(node, address, name, options);
}
