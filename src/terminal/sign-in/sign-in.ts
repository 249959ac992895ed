import type { Client, ConnectOptions } from '../../client/client.ts';
import { SilentError } from '../../client/connect/greet.ts';
import { ConnectError } from '../../client/errors.ts';
import { connect, lookUp } from '../../client-node/connect.ts';
import { keptToken } from '../../client-node/kept-token.ts';
import { exitCodes } from '../../exit-codes.ts';
import { isReservedName, isUserName } from '../../protocol/names.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress } from '../../transport/address.ts';
import { durationOf } from '../lines.ts';
import { PlainScreen } from '../plain-screen.ts';
import { type Report, refused, tlsRequired } from '../report.ts';
import { givenPassword, isPasswordGiven, type PasswordOptions } from './given-password.ts';
import { holdingTyping } from './hold-typing.ts';

export interface SignInOptions extends PasswordOptions {
  readonly name: string;
  readonly address: ChatAddress;
  /** The terms to follow; if empty, or with `keepsFollows`, an account keeps its follows. */
  readonly follow: readonly string[];
  readonly keepsFollows?: boolean;
  readonly clock: Clock;
  readonly leaving: AbortSignal;
  /** Aborts `leaving`. With it, what is typed meanwhile is held for the prompt that follows. */
  readonly leave?: () => void;
  /** The code of an invitation, with which an account is made when the name is free. */
  readonly invitation?: string;
  /** Where the place of an account is kept, as for `connect`. */
  readonly state: Pick<ConnectOptions, 'stateFolder' | 'place' | 'since'>;
  /** Waits for a server that cannot be reached or is busy; called once, with the reason, when the wait begins. */
  readonly onWait?: (why: string) => void;
  /** Over CHAT/1.0 nothing can be done: a server that says nothing cannot be reached, and is not taken for one of those. */
  readonly isChat11Only?: boolean;
  /** Keeps the login for the next time, if the place is kept in the usual folder. */
  readonly keepLogin?: boolean;
  /** The command to run through a tunnel, for the error that says so: `earshot join alice`. */
  readonly command: string;
}

const maxAttempts = 3;

/**
 * Logs in over CHAT/1.1, as a guest or with the password of the account of that name. Resolves with the client, with
 * `CHAT/1.0` when the server does not speak CHAT/1.1, or with a report for the user when the login failed.
 */
export async function signIn(options: SignInOptions): Promise<Client | Report | 'CHAT/1.0'> {
  const { name, leaving } = options;
  // Other servers may allow other names, over CHAT/1.0.
  if (!isUserName(name)) return 'CHAT/1.0';
  try {
    const { invitation } = options;
    const client = await (invitation === undefined
      ? enterAsGuest(options)
      : enterInvited(options, invitation));
    return typeof client === 'object' && 'isGuest' in client
      ? await unlessUnexpected(client, options)
      : client;
  } catch (error) {
    if (leaving.aborted) return { code: exitCodes.ok };
    if (!(error instanceof ConnectError)) throw error;
    return error.reason === 'foreign' ? 'CHAT/1.0' : reportOf(error, options);
  }
}

/** Most people are guests, so that this costs one connection. */
async function enterAsGuest(options: SignInOptions): Promise<Client | Report | 'CHAT/1.0'> {
  try {
    return await enter(options);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    if (error.reason === 'password-needed') return logIn(options);
    if (error.cause instanceof SilentError && options.isChat11Only !== true) return 'CHAT/1.0';
    throw error;
  }
}

/** Refuses to be a guest for who gives a password: what they send would come from a name that anybody can take. */
async function unlessUnexpected(client: Client, options: SignInOptions): Promise<Client | Report> {
  if (!client.isGuest || !isPasswordGiven(options)) return client;
  await client.close();
  return refused(
    `${client.name} has no account on this server, so its password was not used; make the account with !password ` +
      'in earshot join, or leave the password out to be a guest',
  );
}

async function logIn(options: SignInOptions): Promise<Client | Report> {
  const { name, address, leaving, clock } = options;
  const { token } = await held(options, () => keptToken(address, name, clock));
  // A login that was kept stays kept.
  const keepLogin = options.keepLogin === true || token !== undefined;
  const keeping = { ...options, keepLogin };
  const client = token === undefined ? undefined : await unlessWrong(enter(keeping, { token }));
  return client ?? logInByPassword(keeping, leaving);
}

async function logInByPassword(options: SignInOptions, leaving: AbortSignal): Promise<Client | Report> {
  const { name } = options;
  const isTerminal = process.stdin.isTTY === true;
  const given = await givenPassword(options, leaving);
  if (typeof given === 'object') return given;
  const left = new Promise<Report>((resolve) => {
    leaving.addEventListener('abort', () => resolve({ code: exitCodes.ok }));
  });
  for (let attempt = given === undefined ? 1 : 0; ; attempt++) {
    const password = attempt === 0 ? given : await askedPassword(options, `Password for ${name}: `, left);
    if (typeof password === 'object') return password;
    if (password === undefined) return isTerminal ? { code: exitCodes.ok } : refused(passwordMissing(name));
    const client = await unlessWrong(enter(options, { password }));
    if (client !== undefined) return client;
    if (!isTerminal || attempt === maxAttempts) return refused(`that is not the password of ${name}`);
    new PlainScreen(process.stdout, process.stderr, process.env).problem('That is not the password.');
  }
}

/** Logs in with the account of this name, or makes it. */
async function enterInvited(options: SignInOptions, invitation: string): Promise<Client | Report> {
  const { name, address, clock, leaving } = options;
  const found = await held(options, () => lookUp(address, name, { clock, signal: leaving }));
  return found.status === 'account' ? logIn(options) : makeAccount(options, invitation);
}

/** Makes an account with an invitation, and a password that is given or asked for twice. */
async function makeAccount(options: SignInOptions, invitation: string): Promise<Client | Report> {
  const { name, leaving } = options;
  const given = await givenPassword(options, leaving);
  if (typeof given === 'object') return given;
  const left = new Promise<Report>((resolve) => {
    leaving.addEventListener('abort', () => resolve({ code: exitCodes.ok }));
  });
  const password = given ?? (await askedPassword(options, `New password for ${name}: `, left));
  if (typeof password === 'object') return password;
  if (password === undefined) {
    return process.stdin.isTTY ? { code: exitCodes.ok } : refused(newPasswordMissing);
  }
  const problem = passwordProblem(password);
  if (problem !== undefined) return refused(problem);
  const again = given ?? (await askedPassword(options, 'The same again: ', left));
  if (typeof again === 'object') return again;
  if (again !== password) return refused('those were two different passwords; no account was made');
  return enter(options, { password, account: 'create', invitation });
}

const newPasswordMissing =
  'an invitation makes an account, which needs a password; without a terminal, use --password-file, ' +
  '--password-command or the environment variable EARSHOT_PASSWORD';

/** Resolves with undefined when the password or the token is wrong. An invalid password is not even sent. */
async function unlessWrong(entering: Promise<Client>): Promise<Client | undefined> {
  try {
    return await entering;
  } catch (error) {
    const isWrong =
      error instanceof ConnectError && (error.reason === 'wrong-password' || error.reason === 'invalid');
    if (!isWrong) throw error;
    return undefined;
  }
}

/** Asks at a terminal; without one resolves with undefined. */
async function askedPassword(
  options: SignInOptions,
  question: string,
  left: Promise<Report>,
): Promise<string | undefined | Report> {
  if (process.stdin.isTTY !== true) return undefined;
  // Loading takes long enough that the beginning of a password, typed ahead of the question, would be shown.
  const { readHiddenLine } = await held(options, () => import('../../hidden-line.ts'));
  // `left` may have been made after that.
  if (options.leaving.aborted) return { code: exitCodes.ok };
  return Promise.race([readHiddenLine(question), left]);
}

function enter(
  options: SignInOptions,
  secret?: Pick<ConnectOptions, 'password' | 'token' | 'account' | 'invitation'>,
): Promise<Client> {
  const { name, address, follow, keepsFollows = false, keepLogin = false, clock, leaving, state } = options;
  const { stateFolder, place } = state;
  // A guest has no place.
  const kept = secret === undefined ? { ...(stateFolder === undefined ? {} : { stateFolder }) } : state;
  const isFollowGiven = follow.length > 0 && !(secret !== undefined && keepsFollows);
  const connected = (): Promise<Client> =>
    connect(address, {
      ...{ name, clock, signal: leaving, protocol: 'CHAT/1.1' },
      ...waiting(options),
      ...kept,
      keepToken: keepLogin && stateFolder === undefined && place === undefined,
      ...(isFollowGiven ? { follow } : {}),
      ...secret,
    });
  return held(options, connected);
}

function waiting({ onWait }: SignInOptions): Pick<ConnectOptions, 'retry' | 'onRetry'> {
  if (onWait === undefined) return {};
  let isTold = false;
  const onRetry: ConnectOptions['onRetry'] = ({ error }) => {
    if (!isTold) onWait(error.message);
    isTold = true;
  };
  return { retry: true, onRetry };
}

function held<T>({ leave }: SignInOptions, work: () => Promise<T>): Promise<T> {
  return leave === undefined ? work() : holdingTyping(leave, work);
}

function reportOf(error: ConnectError, { name, address, command }: SignInOptions): Report {
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
      return tlsRequired(address, `${command} ${local}`);
    }
    default:
      return refused(
        error.code === 412 ? `${error.message}; give its code with --invitation CODE` : error.message,
      );
  }
}

function passwordMissing(name: string): string {
  return (
    `the name ${quoteShort(name)} has an account and needs its password; without a terminal, ` +
    'use --password-file, --password-command or the environment variable EARSHOT_PASSWORD'
  );
}
