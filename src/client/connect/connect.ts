import { passwordProblem } from '../../protocol/passwords.ts';
import { termProblem } from '../../protocol/terms.ts';
import { quoteShort } from '../../protocol/text.ts';
import { type Clock, systemClock } from '../../scheduling/clock.ts';
import { elapsed } from '../../scheduling/elapsed.ts';
import type { Connection } from '../../transport/connection.ts';
import { BackOff } from '../back-off.ts';
import { Chat11Client } from '../chat11/chat11-client.ts';
import { Credentials } from '../chat11/credentials.ts';
import type { Address, Client, ConnectOptions } from '../client.ts';
import { ConnectError } from '../errors.ts';
import type { Host, StateStore } from '../host.ts';
import { keptAlive } from '../kept-alive.ts';
import { isPlace, PlaceKeeper } from '../place-keeper.ts';
import { nameProblem } from '../sendable.ts';
import { attempt, type Server, serverAt } from './attempt.ts';
import { greet, SilentError } from './greet.ts';

/** Implements the library's `connect` for any host. */
export async function connectOn(host: Host, address: Address, options: ConnectOptions): Promise<Client> {
  const { signal = new AbortController().signal, clock = systemClock } = options;
  const { random = Math.random, dial = host.dial, onRetry } = options;
  const server = serverAt(address, dial, clock);
  const problem = optionsProblem(options);
  if (problem !== undefined) throw new ConnectError('invalid', problem);
  const backOff = new BackOff(random);
  return keptAlive(async () => {
    for (;;) {
      try {
        return await connectOnce(host, options, { ...server, clock, random }, signal);
      } catch (error) {
        if (options.retry !== true || !(error instanceof ConnectError) || !isForNow(error)) throw error;
        const retryInMs = backOff.nextMs(0, error.retryAfterS);
        onRetry?.({ error, retryInMs });
        await elapsed(clock, retryInMs, signal);
        signal.throwIfAborted();
      }
    }
  });
}

const isAccount = ({ password, token }: ConnectOptions): boolean =>
  password !== undefined || token !== undefined;

/** Whether a later attempt may succeed. */
function isForNow({ reason }: ConnectError): boolean {
  return reason === 'unreachable' || reason === 'busy';
}

async function connectOnce(
  host: Host,
  options: ConnectOptions,
  server: Surroundings,
  signal: AbortSignal,
): Promise<Client> {
  if (options.protocol !== 'CHAT/1.0') {
    const greeted = greetingServer(server, options.name, server.clock);
    const chat11 = await chat11Client(host, options, { ...server, ...greeted });
    const begin = async (transport: Connection): Promise<'begun' | 'foreign' | 'silent'> => {
      const connection = await greet(transport, options.name, server.clock, signal);
      if (typeof connection === 'string') return connection;
      await chat11.begin(connection);
      return 'begun';
    };
    let outcome = await attempt(server, signal, begin);
    // Some servers of CHAT/1.0 close without a word, but the connection may also have broken, and who takes that for
    // CHAT/1.0 stays with it.
    if (outcome === 'silent' && !isAccount(options)) outcome = await attempt(server, signal, begin);
    if (outcome === 'begun') return chat11;
    signal.throwIfAborted();
    if (outcome === 'silent' && (isAccount(options) || options.protocol === 'CHAT/1.1')) {
      throw new ConnectError('unreachable', `${server.where} gave no answer`, { cause: new SilentError() });
    }
    if (options.protocol === 'CHAT/1.1') {
      throw new ConnectError('foreign', `${server.where} does not speak CHAT/1.1`);
    }
  }
  if (isAccount(options)) {
    // CHAT/1.0 would broadcast the password as a line of chat.
    throw new ConnectError(
      'foreign',
      `${server.where} does not speak CHAT/1.1; it can only be joined without a password`,
    );
  }
  // Most servers speak CHAT/1.1, and every module costs time at the start.
  const { Chat10Fallback } = await import('../chat10/chat10-fallback.ts');
  const chat10 = new Chat10Fallback({ ...server, name: options.name, follow: options.follow ?? [] });
  await attempt(server, signal, (connection) => chat10.begin(connection));
  return chat10;
}

/** `server`, each of whose connections begins with the question whether it speaks CHAT/1.1. */
function greetingServer(server: Server, name: string, clock: Clock): Server {
  return {
    where: server.where,
    async dial(leaving) {
      const connection = await greet(await server.dial(leaving), name, clock, leaving);
      leaving.throwIfAborted();
      if (connection === 'silent') throw new Error('no answer');
      if (connection === 'foreign') throw new Error('it does not speak CHAT/1.1');
      return connection;
    },
  };
}

interface Surroundings extends Server {
  readonly clock: Clock;
  readonly random: () => number;
}

async function chat11Client(
  host: Host,
  options: ConnectOptions,
  around: Surroundings,
): Promise<Chat11Client> {
  const { name, account, keepToken = options.token === true, keepGuest = false } = options;
  const store = storeFor(host, options, around, (problem) =>
    client.emit('notice', { from: 'client', text: `How far you have read cannot be saved: ${problem}` }),
  );
  const isBack = isAccount(options) || keepGuest;
  const read = isBack && account !== 'create' ? await store?.read() : undefined;
  const kept = typeof read === 'string' ? undefined : read;
  const isKept = options.token === true || (keepGuest && !isAccount(options));
  const token = isKept ? kept?.token : options.token;
  if (options.token === true && token === undefined && options.password === undefined) {
    throw new ConnectError('password-needed', `no token of ${name} is kept here; log in with the password`);
  }
  const credentials = new Credentials(options, token);
  const warning =
    typeof read === 'string'
      ? `Messages since the last visit of ${name} are not shown, as the saved position cannot be used: ${read}`
      : undefined;
  const { files } = host;
  const place = options.since ?? kept?.place;
  const lastHereMs = kept?.storedMs;
  const client = new Chat11Client({
    ...around,
    files,
    credentials,
    place,
    lastHereMs,
    warning,
    store,
    keepToken,
    keepGuest,
  });
  return client;
}

function storeFor(
  host: Host,
  { name, stateFolder, place, token, keepToken }: ConnectOptions,
  { where, clock }: Surroundings,
  onProblem: (problem: string) => void,
): StateStore | undefined {
  const isNeeded = place === undefined || token === true || keepToken === true;
  const inFolder =
    stateFolder === false || !isNeeded
      ? undefined
      : host.stateStore({ server: where, name }, { folder: stateFolder, clock, onProblem });
  return place === undefined ? inFolder : new PlaceKeeper(place, inFolder, onProblem);
}

function optionsProblem(options: ConnectOptions): string | undefined {
  const { name, password, account = 'login', token, follow, since, place } = options;
  const nameIs = nameProblem(name);
  if (nameIs !== undefined) return nameIs;
  if (account !== 'login' && password === undefined) return 'a new account needs a password';
  if (!isAccount(options) && options.keepGuest !== true && (since ?? place) !== undefined)
    return 'only an account has a place; give its password or token';
  if (since !== undefined && !isPlace(since)) return 'since is no place: a position from 0 on, and an epoch';
  if (account === 'create' && token !== undefined) return 'a new account has no token yet';
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
