import type { Client } from '../../../client/client.ts';
import { LostError, RefusedError } from '../../../client/errors.ts';
import * as reply from '../../../protocol/chat10/reply.ts';
import type { Screen } from '../../screen.ts';

export interface Follower {
  readonly client: Client;
  readonly screen: Screen;
  /** Whether somebody sees that a command waits. A script is told that it failed. */
  readonly isWithPerson: boolean;
}

/** Executes `!follow`, when there is a connection. Resolves with the answer. */
export async function follow(chat: Follower, term: string): Promise<string> {
  return changed(chat, `!follow ${term}`, async (isRepeat) => {
    try {
      await chat.client.follow(term);
    } catch (error) {
      if (!(error instanceof RefusedError && error.code === 409)) throw error;
      // 409 also means too many follows; then the server's own words say so.
      const isFollowed = (await chat.client.follows()).includes(term);
      if (!isFollowed) throw error;
      if (!isRepeat) return reply.wasAlreadyFollowing(term);
    }
    return reply.nowFollowing(term);
  });
}

/** Executes `!unfollow`, when there is a connection. Resolves with the answer. */
export async function unfollow(chat: Follower, term: string): Promise<string> {
  return changed(chat, `!unfollow ${term}`, async (isRepeat) => {
    try {
      await chat.client.unfollow(term);
    } catch (error) {
      if (!(error instanceof RefusedError && error.code === 404)) throw error;
      if (!isRepeat) return reply.wasNotFollowing(term);
    }
    return reply.noLongerFollowing(term);
  });
}

/**
 * Calls `change` until it was answered, once for each connection. `isRepeat`: a connection broke before the answer, so
 * that the change may be made already.
 */
async function changed(
  { client, screen, isWithPerson }: Follower,
  what: string,
  change: (isRepeat: boolean) => Promise<string>,
): Promise<string> {
  let isRepeat = false;
  for (let isTold = false; ; isTold = true) {
    try {
      return await change(isRepeat);
    } catch (error) {
      if (!(error instanceof LostError) || error.reason === 'closed' || !isWithPerson) throw error;
      isRepeat ||= error.reason === 'unknown';
      if (!isTold) screen.notice(`There is no connection now; ${what} is done when it is back.`);
      await connected(client);
    }
  }
}

/** Resolves when the client is online. Rejects with `LostError` when it is closed. */
function connected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    const onOnline = (): void => {
      client.off('closed', onClosed);
      resolve();
    };
    const onClosed = (): void => {
      client.off('online', onOnline);
      reject(new LostError('closed', 'The client was closed: nothing was changed'));
    };
    if (client.state === 'online') resolve();
    else if (client.state === 'closed') onClosed();
    else client.once('online', onOnline).once('closed', onClosed);
  });
}
