import type { Client } from '../../../client/client.ts';
import { isUserName } from '../../../protocol/names.ts';
import type { Clock } from '../../../scheduling/clock.ts';

/** How long an answer of the server is used. */
const freshMs = 5_000;
/** How long a completion waits for the server. */
const patienceMs = 1_000;
const maxRecent = 50;

/** Whom and what a completion knows. */
export interface Known {
  /** Names, those who were heard of last in front. */
  people(): Promise<readonly string[]>;
  /** The terms that the user chose to follow: not `@all` and the own name, which nobody can unfollow. */
  followed(): Promise<readonly string[]>;
}

/** Knows nobody: for a server that answers only a user. */
export const nobody: Known = {
  people: async () => [],
  followed: async () => [],
};

/** Asks the server who is online and what the user follows, every five seconds at most. */
export function knownTo(client: Client, clock: Clock): Known {
  const recent = new Set<string>();
  client.on('message', ({ from, to }) => {
    for (const name of [from, to]) {
      if (name === undefined || name === client.name || !isUserName(name)) continue;
      recent.delete(name);
      recent.add(name);
    }
    for (const oldest of recent) if (recent.size > maxRecent) recent.delete(oldest);
  });
  const online = answerOf(() => client.list(), client, clock);
  const followed = answerOf(() => client.follows(), client, clock);
  return {
    async people() {
      const others = (await online()).filter((name) => name !== client.name && isUserName(name));
      return [...new Set([...[...recent].reverse(), ...others])];
    },
    async followed() {
      return (await followed()).filter((term) => term !== '@all' && term !== `@${client.name}`);
    },
  };
}

/** Asks when the last answer is old; without a connection, or when the answer takes long, the last answer counts. */
function answerOf(
  ask: () => Promise<readonly string[]>,
  client: Client,
  clock: Clock,
): () => Promise<readonly string[]> {
  let last: readonly string[] = [];
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  return async () => {
    if (client.state === 'online' && clock.monotonicMs() - askedMs >= freshMs) {
      askedMs = clock.monotonicMs();
      asking = ask().then(
        (answer) => {
          last = answer;
        },
        () => {},
      );
    }
    if (asking !== undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = clock.after(patienceMs, resolve);
      await Promise.race([asking, promise]);
      timer.cancel();
    }
    return last;
  };
}
