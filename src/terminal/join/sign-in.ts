import type { Client } from '../../client/client.ts';
import { ConnectError } from '../../client/errors.ts';
import { connect, lookUp } from '../../client-node/connect.ts';
import { exitCodes } from '../../exit-codes.ts';
import { readHiddenLine } from '../../hidden-line.ts';
import { isUserName } from '../../protocol/names.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress } from '../../transport/address.ts';
import { durationOf } from '../lines.ts';
import { PlainScreen } from '../plain-screen.ts';
import { type Report, refused, tlsRequired } from '../report.ts';

export interface SignInOptions {
  readonly name: string;
  readonly address: ChatAddress;
  /** Terms to begin with; none for those that an account follows already. */
  readonly follow: readonly string[];
  readonly clock: Clock;
  readonly leaving: AbortSignal;
}

const maxAttempts = 3;

/**
 * Lets the user in over CHAT/1.1: as a guest, or to the account of that name with its password. Gives `CHAT/1.0` for a
 * server that knows no better, and what the user is told when nobody was let in.
 */
export async function signIn(options: SignInOptions): Promise<Client | Report | 'CHAT/1.0'> {
  const { name, address, leaving, clock } = options;
  // What other servers take for a name they say themselves.
  if (!isUserName(name)) return 'CHAT/1.0';
  try {
    const found = await lookUp(address, name, { clock, signal: leaving });
    return found.status === 'account' ? await logIn(options) : await enter(options);
  } catch (error) {
    if (leaving.aborted) return { code: exitCodes.ok };
    if (!(error instanceof ConnectError)) throw error;
    return error.reason === 'foreign' ? 'CHAT/1.0' : reportOf(error, options);
  }
}

async function logIn(options: SignInOptions): Promise<Client | Report> {
  const { name, leaving } = options;
  const isTerminal = process.stdin.isTTY === true;
  const left = new Promise<Report>((resolve) => {
    leaving.addEventListener('abort', () => resolve({ code: exitCodes.ok }));
  });
  for (let attempt = 1; ; attempt++) {
    const password = isTerminal
      ? await Promise.race([readHiddenLine(`Password for ${name}: `), left])
      : process.env.EARSHOT_PASSWORD;
    if (typeof password === 'object') return password;
    if (password === undefined) return isTerminal ? { code: exitCodes.ok } : refused(passwordMissing(name));
    try {
      return await enter(options, password);
    } catch (error) {
      // One that nobody can have is not even asked about.
      const isWrong =
        error instanceof ConnectError && (error.reason === 'wrong-password' || error.reason === 'invalid');
      if (!isWrong) throw error;
      if (!isTerminal || attempt === maxAttempts) return refused(`that is not the password of ${name}`);
      new PlainScreen(process.stdout, process.stderr, process.env).problem('That is not the password.');
    }
  }
}

function enter({ name, address, follow, clock, leaving }: SignInOptions, password?: string): Promise<Client> {
  return connect(address, {
    name,
    clock,
    signal: leaving,
    ...(follow.length === 0 ? {} : { follow }),
    ...(password === undefined ? {} : { password }),
  });
}

function reportOf(error: ConnectError, { name, address }: SignInOptions): Report {
  switch (error.reason) {
    case 'unreachable':
      return { code: exitCodes.unavailable, problem: error.message };
    case 'taken':
      return refused(`somebody called ${quoteShort(name)} is in the chat already (${error.code})`);
    case 'busy': {
      const when = error.retryAfterS === undefined ? 'later' : `in ${durationOf(error.retryAfterS)}`;
      return refused(`the server lets nobody in from here now; try again ${when}`);
    }
    case 'tls-required': {
      const local = formatChatAddress({ host: '127.0.0.1', port: address.port });
      return tlsRequired(address, `earshot join ${name} ${local}`);
    }
    default:
      return refused(error.message);
  }
}

function passwordMissing(name: string): string {
  return (
    `the name ${quoteShort(name)} has an account and needs its password; where nobody can type it, ` +
    'give it in the environment variable EARSHOT_PASSWORD'
  );
}
