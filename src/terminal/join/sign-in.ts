import type { Client } from '../../client/client.ts';
import { ConnectError } from '../../client/errors.ts';
import { connect, lookUp } from '../../client-node/connect.ts';
import { exitCodes } from '../../exit-codes.ts';
import { readHiddenLine } from '../../hidden-line.ts';
import { isReservedName, isUserName } from '../../protocol/names.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress } from '../../transport/address.ts';
import { durationOf } from '../lines.ts';
import { PlainScreen } from '../plain-screen.ts';
import { type Report, refused, tlsRequired } from '../report.ts';

export interface SignInOptions {
  readonly name: string;
  readonly address: ChatAddress;
  /** The terms to follow; if empty, an account keeps its follows. */
  readonly follow: readonly string[];
  readonly clock: Clock;
  readonly leaving: AbortSignal;
}

const maxAttempts = 3;

/**
 * Logs in over CHAT/1.1, as a guest or with the password of the account of that name. Resolves with the client, with
 * `CHAT/1.0` when the server does not speak CHAT/1.1, or with a report for the user when the login failed.
 */
export async function signIn(options: SignInOptions): Promise<Client | Report | 'CHAT/1.0'> {
  const { name, address, leaving, clock } = options;
  // Other servers may allow other names, over CHAT/1.0.
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
      // An invalid password is not even sent.
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
      return refused(
        isReservedName(name)
          ? `${error.message} (${error.code})`
          : `somebody called ${quoteShort(name)} is in the chat already (${error.code})`,
      );
    case 'busy': {
      const when = error.retryAfterS === undefined ? 'later' : `in ${durationOf(error.retryAfterS)}`;
      return refused(`the server accepts no logins from here now; try again ${when}`);
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
    `the name ${quoteShort(name)} has an account and needs its password; without a terminal, ` +
    'set the environment variable EARSHOT_PASSWORD'
  );
}
