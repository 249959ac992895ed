import { UnsupportedError } from '../errors.ts';
import { EntryClient } from '../handling/entry-client.ts';

/** The requests that CHAT/1.0 does not have. */
export abstract class Chat10Limits extends EntryClient {
  /** A server that does not know `!msg` would send the text to everybody. */
  sendTo(): Promise<never> {
    return unsupported('A private message');
  }

  broadcast(): Promise<never> {
    return unsupported('A message to everybody');
  }

  list(): Promise<never> {
    return unsupported('The list of who is online');
  }

  follow(): Promise<never> {
    return unsupported('Following');
  }

  unfollow(): Promise<never> {
    return unsupported('Following');
  }

  follows(): Promise<never> {
    return unsupported('Following');
  }

  audience(): Promise<never> {
    return unsupported('Asking who would hear a text');
  }

  history(): Promise<never> {
    return unsupported('History');
  }

  attach(): Promise<never> {
    return unsupported('Sending a file');
  }

  fetch(): Promise<never> {
    return unsupported('Getting a file');
  }

  fetchBytes(): Promise<never> {
    return unsupported('Getting a file');
  }

  // biome-ignore lint/correctness/useYield: it has nothing to give
  async *fetchStream(): AsyncGenerator<Uint8Array, void, void> {
    await unsupported('Getting a file');
  }

  claim(): Promise<never> {
    return unsupported('Making an account');
  }

  changePassword(): Promise<never> {
    return unsupported('Changing the password');
  }

  devices(): Promise<never> {
    return unsupported('The list of devices');
  }

  revokeDevice(): Promise<never> {
    return unsupported('Revoking a device');
  }
}

function unsupported(what: string): Promise<never> {
  return Promise.reject(new UnsupportedError(what));
}
