import { createHash } from 'node:crypto';
import type { Address, Client, ConnectOptions, NameStatus } from '../client/client.ts';
import type { LookUpOptions } from '../client/connect/ask-once.ts';
import { connectOn } from '../client/connect/connect.ts';
import { lookUpOn, onlineOn } from '../client/connect/look-up.ts';
import type { Host } from '../client/host.ts';
import { dial } from './dial.ts';
import { DownloadFolder } from './download-folder.ts';
import { openFileToSend } from './file-to-send.ts';
import { defaultStateFolder, StateFile } from './state-file.ts';

/** Node's host: its sockets, its file system, state files in the user's home folder. */
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
 * Connects and logs in, over CHAT/1.1 if the server speaks it, else over CHAT/1.0. Resolves when the user is logged in;
 * from then on the client reconnects by itself. Rejects with `ConnectError`, or with the reason of `options.signal`
 * when that aborts before.
 *
 * Without a password or token the user is a guest. With one it logs in to an account, or creates it if `account` says
 * so. An account that has a cursor in `stateFolder` first catches up on what it missed.
 */
export function connect(address: Address, options: ConnectOptions): Promise<Client> {
  return connectOn(node, address, options);
}

/**
 * Resolves with the status of `name`, without logging in. Rejects as `connect` does; with `ConnectError` `foreign` when
 * the server does not speak CHAT/1.1.
 */
export function lookUp(address: Address, name: string, options: LookUpOptions = {}): Promise<NameStatus> {
  return lookUpOn(node, address, name, options);
}

/** Resolves with the names of the users who are online, in order of registration, without logging in. Rejects as `lookUp`. */
export function online(address: Address, options: LookUpOptions = {}): Promise<readonly string[]> {
  return onlineOn(node, address, options);
}
