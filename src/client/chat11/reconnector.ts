import type { ServerEvent } from '../../protocol/chat11/event.ts';
import type { Failure } from '../../protocol/chat11/response.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { elapsed } from '../../scheduling/elapsed.ts';
import type { Connection } from '../../transport/connection.ts';
import { BackOff } from '../back-off.ts';
import type { ClientEvents, NameStatus } from '../client.ts';
import { ConnectError } from '../errors.ts';
import type { Place } from '../place.ts';
import { type ConnectionResult, reconnect, Wait } from '../reconnect.ts';
import { systemProblem } from '../system-error.ts';
import { Chat11Connection, type Chat11Ending } from './chat11-connection.ts';
import type { Credentials, LoginRequest, LoginResult } from './credentials.ts';

export interface ReconnectorHandlers {
  /** `request` was answered with a login. Called synchronously as the response is read, before anything after it. */
  onLoggedIn(connection: Chat11Connection, result: LoginResult, request: LoginRequest): void;
  onEvent(event: ServerEvent): Promise<void> | undefined;
  onDataFailure(failure: Failure): void;
  /** A connection that had logged in ended. */
  onGone(): void;
  onOffline(what: ClientEvents['offline']): void;
}

export interface ReconnectorOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly credentials: Credentials;
  /** The server's address, for people. */
  readonly where: string;
  dial(leaving: AbortSignal): Promise<Connection>;
  place(): Place | undefined;
  readonly handlers: ReconnectorHandlers;
}

/** The time-out of a login. It is long, because a server that hashes many passwords may take a while. */
const loginMs = 30_000;
/** How long another client's creation of an account may take. */
const creationMs = 1_000;

/** Keeps a user online: connects, logs in, and reconnects with back-off whenever a connection ends. */
export class Reconnector {
  readonly #options: ReconnectorOptions;
  readonly #leaving = new AbortController();
  readonly #wait = new Wait();
  #connection: Chat11Connection | undefined;

  constructor(options: ReconnectorOptions) {
    this.#options = options;
  }

  /**
   * Logs in over the first connection. Resolves with `ended`, which resolves with the reason when the client is offline
   * for good, with undefined after `leave`. Rejects with `ConnectError`.
   */
  async begin(transport: Connection): Promise<{ readonly ended: Promise<string | undefined> }> {
    const { clock, random, credentials, handlers } = this.#options;
    const { connection, over } = this.#start(transport);
    let refused = await this.#firstLogIn(connection);
    while (typeof refused === 'object') {
      const again = credentials.nextTry(refused);
      if (again === undefined) break;
      if (again === 'later') await elapsed(clock, creationMs, this.#leaving.signal);
      refused = await this.#firstLogIn(connection);
    }
    if (refused !== undefined) {
      const isUnknown = typeof refused === 'object' && refused.code === 403 && !credentials.isGuest;
      const status = isUnknown ? await this.#status(connection) : undefined;
      connection.leave();
      const ending = await over;
      await connection.closed;
      throw refused === 'unanswered' ? this.#noAnswer(ending) : credentials.problemOf(refused, status);
    }
    const loggedInMs = clock.monotonicMs();
    const ended = reconnect(this.#resultOf(loggedInMs, over), {
      clock,
      backOff: new BackOff(random),
      wait: this.#wait,
      connect: () => this.#connect(),
      onOffline: handlers.onOffline,
      leaving: this.#leaving.signal,
    });
    return { ended };
  }

  /** Ends the wait before the next attempt. */
  hurry(): void {
    this.#wait.end();
  }

  /** `forgetsLogin`: nobody has the token of the login. */
  leave(forgetsLogin: boolean): void {
    this.#leaving.abort(new Error('left'));
    this.#connection?.leave(forgetsLogin);
  }

  /** Resolves when the last connection is closed. Call it after `ended`. */
  async closed(): Promise<void> {
    await this.#connection?.closed;
  }

  #start(transport: Connection): {
    readonly connection: Chat11Connection;
    readonly over: Promise<Chat11Ending>;
  } {
    const connection = new Chat11Connection(transport, this.#options.clock);
    this.#connection = connection;
    const { onEvent, onDataFailure } = this.#options.handlers;
    const over = connection.run({ onEvent, onDataFailure });
    if (this.#leaving.signal.aborted) connection.leave();
    return { connection, over };
  }

  async #connect(): Promise<ConnectionResult> {
    const { dial, clock, credentials, place, where } = this.#options;
    let transport: Connection;
    try {
      transport = await dial(this.#leaving.signal);
    } catch (error) {
      if (error instanceof ConnectError)
        return { ...failed(error.message), isFinal: error.reason === 'refused' };
      return failed(`cannot reach ${where}: ${systemProblem(error)}`);
    }
    const { connection, over } = this.#start(transport);
    let refused = await this.#logIn(connection, credentials.again(place()));
    const instead = typeof refused === 'object' ? credentials.instead(refused, place()) : undefined;
    if (instead !== undefined) refused = await this.#logIn(connection, instead);
    if (refused === undefined) return this.#resultOf(clock.monotonicMs(), over);
    connection.leave();
    const ending = await over;
    if (typeof refused === 'string') return failed(this.#whyOver(ending));
    const { code, reason, retryAfterS } = refused;
    const isFinal = code !== 429 && code < 500;
    const problem = credentials.problemOf(refused);
    // As in a DISCONNECT, the reason alone tells why the server no longer admits the user.
    const why = isFinal && problem.reason === 'refused' ? reason : problem.message;
    return { ...failed(why), isFinal, retryAfterS };
  }

  /** As `#logIn`, with the first request. */
  async #firstLogIn(connection: Chat11Connection): Promise<Failure | 'unanswered' | undefined> {
    const { credentials, place } = this.#options;
    if (credentials.isUndecided && (await connection.greeted) && connection.refusal === undefined) {
      const status = await this.#status(connection);
      if (status !== undefined) credentials.decide(status);
    }
    return this.#logIn(connection, credentials.first(place()));
  }

  /** Resolves with the status of the user's name, with undefined when the server does not say. */
  async #status(connection: Chat11Connection): Promise<NameStatus['status'] | undefined> {
    const overdue = this.#options.clock.after(loginMs, () => connection.leave());
    const answer = await connection.request({ kind: 'name', name: this.#options.credentials.name });
    overdue.cancel();
    return answer?.kind === 'name' ? answer.status : undefined;
  }

  /** Resolves with why the login failed; with undefined when it succeeded. */
  async #logIn(
    connection: Chat11Connection,
    request: LoginRequest,
  ): Promise<Failure | 'unanswered' | undefined> {
    if (!(await connection.greeted)) return 'unanswered';
    if (connection.refusal !== undefined) return connection.refusal;
    const overdue = this.#options.clock.after(loginMs, () => connection.leave());
    const answer = await new Promise<LoginResult | Failure | undefined>((resolve) => {
      connection.ask(request, (answered) => {
        if (answered !== undefined && answered.kind !== 'failure') {
          this.#options.credentials.loggedIn(answered);
          this.#options.handlers.onLoggedIn(connection, answered, request);
        }
        resolve(answered);
      });
    });
    overdue.cancel();
    if (answer === undefined) return 'unanswered';
    return answer.kind === 'failure' ? answer : undefined;
  }

  async #resultOf(loggedInMs: number, over: Promise<Chat11Ending>): Promise<ConnectionResult> {
    const ending = await over;
    const { handlers, clock } = this.#options;
    handlers.onGone();
    return {
      why: this.#whyOver(ending),
      isFinal: ending.kind === 'dismissed' && !ending.retry,
      isFarewell: ending.kind === 'dismissed',
      onlineMs: clock.monotonicMs() - loggedInMs,
    };
  }

  /** Why the login got no answer: the operator may have ended the connection before. */
  #noAnswer(ending: Chat11Ending): ConnectError {
    const { where, credentials } = this.#options;
    if (ending.kind === 'dismissed' && !ending.retry)
      return new ConnectError('refused', `the server refused ${credentials.name}: ${ending.reason}`);
    return new ConnectError('unreachable', `${where} did not answer the login`);
  }

  #whyOver(ending: Chat11Ending): string {
    const { where } = this.#options;
    switch (ending.kind) {
      case 'left':
        return `${where} did not answer the login`;
      case 'dismissed':
        return ending.reason;
      case 'foreign':
        return `${where} does not answer`;
      case 'silent':
        return `nothing was heard from ${where} for too long`;
      case 'broken':
        return `what came from ${where} makes no sense: ${ending.problem}`;
      case 'lost':
        return ending.cause === undefined
          ? `${where} closed the connection`
          : `the connection broke: ${systemProblem(ending.cause)}`;
    }
  }
}

const failed = (why: string): ConnectionResult => ({ why, isFinal: false, onlineMs: 0 });
