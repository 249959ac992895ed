import { defaultStateFolder, StateFile } from '../../client-node/state-file.ts';
import { isUserName } from '../../protocol/names.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import { quoteShort } from '../../protocol/text.ts';
import { termProblem } from '../../protocol/words.ts';
import { type Clock, systemClock } from '../../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress, parseChatAddress } from '../../transport/address.ts';
import type { Connection } from '../../transport/connection.ts';
import { dialProblem } from '../../transport/dial.ts';
import { Chat10Fallback } from '../chat10/chat10-fallback.ts';
import { Chat11Client } from '../chat11/chat11-client.ts';
import { Chat11Connection } from '../chat11/chat11-connection.ts';
import { Credentials } from '../chat11/credentials.ts';
import type { Address, Client, ConnectOptions, Dial, NameStatus } from '../client.ts';
import { dialServer } from '../dial.ts';
import { ConnectError } from '../errors.ts';
import { systemProblem } from '../system-error.ts';

const never = new AbortController().signal;

/** No answer to `lookUp` for so long is none. */
const answerMs = 10_000;

/** How a question is asked. */
export interface LookUpOptions {
  /** Gives it up: nothing of it stays open. */
  readonly signal?: AbortSignal;
  /** As for `connect`. */
  readonly dial?: Dial;
  /** Time, for tests. */
  readonly clock?: Clock;
}

/**
 * Connects and logs in, over CHAT/1.1 if the server knows it, else over CHAT/1.0. Resolves once the user is let in, and
 * from then on the client comes back by itself. Rejects with `ConnectError`, and with the reason of `options.signal` when
 * that aborts before.
 *
 * Without a password the user is a guest; with one it logs in, or makes the account with `newAccount`. An account that
 * was here before, with the same `stateFolder`, is told first what it missed.
 */
export async function connect(address: Address, options: ConnectOptions): Promise<Client> {
  const server = serverAt(address, options.dial);
  const problem = optionsProblem(options);
  if (problem !== undefined) throw new ConnectError('invalid', problem);
  const { name, signal = never, clock = systemClock, random = Math.random } = options;
  const where = formatChatAddress(server);
  const dial = (leaving: AbortSignal): Promise<Connection> =>
    dialServer(server, clock, leaving, options.dial);
  const chat11 = await chat11Client(options, { where, clock, random, dial });
  if (await attempt(dial, where, signal, (connection) => chat11.begin(connection))) return chat11;
  if (options.password !== undefined || options.token !== undefined) {
    // There a password would be a line of chat like any other.
    throw new ConnectError(
      'foreign',
      `${where} does not speak CHAT/1.1; it can only be joined without a password`,
    );
  }
  const chat10 = new Chat10Fallback({ name, follow: options.follow ?? [], clock, random, where, dial });
  await attempt(dial, where, signal, (connection) => chat10.begin(connection));
  return chat10;
}

/** Asks what is known of `name`, without logging in. Rejects as `connect` does, with `foreign` over CHAT/1.0. */
export async function lookUp(
  address: Address,
  name: string,
  { signal = never, clock = systemClock, dial: dialWith }: LookUpOptions = {},
): Promise<NameStatus> {
  const server = serverAt(address, dialWith);
  if (!isUserName(name)) throw new ConnectError('invalid', nameProblem(name));
  const where = formatChatAddress(server);
  const dial = (leaving: AbortSignal): Promise<Connection> => dialServer(server, clock, leaving, dialWith);
  const answer = await attempt(dial, where, signal, async (connection) => {
    const late = clock.after(answerMs, () => connection.destroy());
    const chat11 = new Chat11Connection(connection, clock);
    void chat11.run({ onEvent: () => undefined, onDataFailure: () => {} });
    const isChat11 = await chat11.greeted;
    const answered = isChat11 ? await chat11.request({ kind: 'name', name }) : undefined;
    late.cancel();
    chat11.leave();
    await chat11.closed;
    if (!isChat11) throw new ConnectError('foreign', `${where} does not speak CHAT/1.1`);
    return answered;
  });
  signal.throwIfAborted();
  if (answer === undefined) throw new ConnectError('unreachable', `${where} gave no answer`);
  if (answer.kind === 'name') return { status: answer.status, isOnline: answer.online };
  const { code, reason, retryAfterS } = answer;
  throw new ConnectError('refused', `the server refused: ${reason} (${code})`, { code, retryAfterS });
}

interface Surroundings {
  readonly where: string;
  readonly clock: Clock;
  readonly random: () => number;
  dial(leaving: AbortSignal): Promise<Connection>;
}

async function chat11Client(options: ConnectOptions, around: Surroundings): Promise<Chat11Client> {
  const { name, stateFolder = defaultStateFolder(process.env), newAccount, keepToken = false } = options;
  const { where: server, clock } = around;
  const stateFile =
    stateFolder === false
      ? undefined
      : new StateFile(stateFolder, { server, name }, clock, (problem) =>
          client.emit('notice', { text: `Up to where you heard everything cannot be kept: ${problem}` }),
        );
  const isAccount = options.password !== undefined || options.token !== undefined;
  const read = isAccount && newAccount !== true ? await stateFile?.read() : undefined;
  const kept = typeof read === 'string' ? undefined : read;
  const token = options.token === true ? kept?.token : options.token;
  if (options.token === true && token === undefined && options.password === undefined) {
    throw new ConnectError('password-needed', `no token of ${name} is kept here; log in with the password`);
  }
  const credentials = new Credentials(options, token);
  const warning =
    typeof read === 'string'
      ? `What was said since ${name} was here is not told, as the place is lost: ${read}`
      : undefined;
  const place = kept?.place;
  const client = new Chat11Client({ ...around, credentials, place, warning, stateFile, keepToken });
  return client;
}

/** Connects and makes an attempt to be let in; while it lasts, `signal` ends the connection. */
async function attempt<T>(
  dial: Surroundings['dial'],
  where: string,
  signal: AbortSignal,
  begin: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await reach(dial, where, signal);
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

async function reach(dial: Surroundings['dial'], where: string, signal: AbortSignal): Promise<Connection> {
  try {
    return await dial(signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new ConnectError('unreachable', `cannot reach ${where}: ${systemProblem(error)}`, { cause: error });
  }
}

function serverAt(address: Address, dial: Dial | undefined): ChatAddress {
  const parsed = typeof address === 'string' ? parseChatAddress(address) : { ok: true as const, address };
  // What other transports there are, whoever brings one knows.
  const problem = !parsed.ok ? parsed.problem : dial === undefined ? dialProblem(parsed.address) : undefined;
  if (parsed.ok && problem === undefined) return parsed.address;
  const shown = typeof address === 'string' ? address : formatChatAddress(address);
  throw new ConnectError('invalid', `${quoteShort(shown)} is not an address: ${problem}`);
}

function optionsProblem({ name, password, newAccount, token, follow }: ConnectOptions): string | undefined {
  if (!isUserName(name)) return nameProblem(name);
  if (newAccount === true && password === undefined) return 'a new account needs a password';
  if (newAccount === true && token !== undefined) return 'a new account has no token yet';
  if (password !== undefined) {
    const problem = passwordProblem(password);
    if (problem !== undefined) return problem;
  }
  for (const term of follow ?? []) {
    const problem = termProblem(term);
    if (problem !== undefined) return `${quoteShort(term)} cannot be followed: ${problem}`;
  }
  return undefined;
}

const nameProblem = (name: string): string =>
  `${quoteShort(name)} is no user name: it has 1 to 20 characters A-Z a-z 0-9 _ . -, a letter or a digit first and last`;
