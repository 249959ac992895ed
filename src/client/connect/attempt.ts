import { quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import {
  type ChatAddress,
  formatChatAddress,
  parseChatAddress,
  UnknownSchemeError,
  udpScheme,
} from '../../transport/address.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Address, Dial } from '../client.ts';
import { ConnectError } from '../errors.ts';
import { systemProblem } from '../system-error.ts';

/** A server, and how to open a connection to it. */
export interface Server {
  /** The server's address, for people. */
  readonly where: string;
  /** Opens a connection. Rejects with "no answer" after ten seconds, with the reason of `leaving` when that aborts. */
  dial(leaving: AbortSignal): Promise<Connection>;
}

const connectMs = 10_000;

/** What to say of an address that is silent: firewalls that let TCP pass drop UDP without a word. */
const noAnswer = ({ scheme }: ChatAddress): string =>
  scheme === udpScheme ? 'no answer; if a firewall stops UDP, use chats:// or chat://' : 'no answer';

/** Returns the server at `address`. Throws `ConnectError` `invalid` when that is not an address. */
export function serverAt(address: Address, dial: Dial, clock: Clock): Server {
  const parsed = parsedAddress(address);
  return {
    where: formatChatAddress(parsed),
    async dial(leaving) {
      const late = new AbortController();
      const timer = clock.after(connectMs, () => late.abort(new Error(noAnswer(parsed))));
      try {
        return await dial(parsed, AbortSignal.any([leaving, late.signal]));
      } finally {
        timer.cancel();
      }
    },
  };
}

/** Opens a connection and runs `begin` on it; until that is done, `signal` destroys the connection. */
export async function attempt<T>(
  server: Server,
  signal: AbortSignal,
  begin: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await reach(server, signal);
  const giveUp = (): void => connection.destroy();
  signal.addEventListener('abort', giveUp);
  try {
    return await begin(connection);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function reach({ dial, where }: Server, signal: AbortSignal): Promise<Connection> {
  try {
    return await dial(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConnectError) throw error;
    const reason = error instanceof UnknownSchemeError ? 'invalid' : 'unreachable';
    throw new ConnectError(reason, `cannot reach ${where}: ${systemProblem(error)}`, { cause: error });
  }
}

function parsedAddress(address: Address): ChatAddress {
  if (typeof address !== 'string') return address;
  const parsed = parseChatAddress(address);
  if (parsed.ok) return parsed.address;
  throw new ConnectError('invalid', `${quoteShort(address)} is not an address: ${parsed.problem}`);
}
