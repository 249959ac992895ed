import type { ServerEvent } from '../../protocol/chat11/event.ts';
import type { Failure } from '../../protocol/chat11/response.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { BackOff } from '../back-off.ts';
import type { ClientEvents } from '../client.ts';
import { ConnectError } from '../errors.ts';
import { keepOnline, type Life } from '../reconnect.ts';
import { systemProblem } from '../system-error.ts';
import { Link, type LinkEnding } from './chat11-connection.ts';
import type { Admitted, Credentials, Entrance } from './credentials.ts';
import type { Place } from './inbox.ts';

export interface PresenceTold {
  /**
   * The user was let in over `link`, by `entrance`; in the turn in which the answer is read, before anything behind it.
   */
  onAdmitted(link: Link, admitted: Admitted, entrance: Entrance): void;
  onEvent(event: ServerEvent): Promise<void> | undefined;
  onDataFailure(failure: Failure): void;
  /** That link is over. */
  onGone(): void;
  onOffline(what: ClientEvents['offline']): void;
}

export interface PresenceOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly credentials: Credentials;
  /** The server, in words for people. */
  readonly where: string;
  dial(leaving: AbortSignal): Promise<Connection>;
  place(): Place | undefined;
  readonly told: PresenceTold;
}

/** No answer to a login for so long is none: a server that hashes many passwords may take a while. */
const loginMs = 30_000;

/** Keeps a user online: connects, logs in, and does both again whenever a connection is over. */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #leaving = new AbortController();
  #link: Link | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /**
   * Logs in over the first connection. Gives a promise of the end: why it is over, undefined after `leave`; or nothing,
   * when the server does not speak CHAT/1.1. Rejects with `ConnectError`.
   */
  async begin(connection: Connection): Promise<{ readonly ended: Promise<string | undefined> } | undefined> {
    const { clock, random, credentials, place, told } = this.#options;
    const { link, life } = this.#start(connection);
    let refused = await this.#enter(link, credentials.first(place()));
    if (typeof refused === 'object' && credentials.forgetToken(refused)) {
      refused = await this.#enter(link, credentials.first(place()));
    }
    if (refused !== undefined) {
      link.leave();
      await link.closed;
      if (refused === 'foreign') return undefined;
      throw refused === 'unanswered' ? this.#noAnswer() : credentials.problemOf(refused);
    }
    const enteredMs = clock.monotonicMs();
    const ended = keepOnline(this.#livedSince(enteredMs, life), {
      clock,
      backOff: new BackOff(random),
      live: () => this.#live(),
      onOffline: told.onOffline,
      leaving: this.#leaving.signal,
    });
    return { ended };
  }

  leave(): void {
    this.#leaving.abort(new Error('left'));
    this.#link?.leave();
  }

  /** Resolves when no connection is open, once there is to be none any more. */
  async closed(): Promise<void> {
    await this.#link?.closed;
  }

  #start(connection: Connection): { readonly link: Link; readonly life: Promise<LinkEnding> } {
    const link = new Link(connection, this.#options.clock);
    this.#link = link;
    const { onEvent, onDataFailure } = this.#options.told;
    const life = link.run({ onEvent, onDataFailure });
    if (this.#leaving.signal.aborted) link.leave();
    return { link, life };
  }

  async #live(): Promise<Life> {
    const { dial, clock, credentials, place, where } = this.#options;
    let connection: Connection;
    try {
      connection = await dial(this.#leaving.signal);
    } catch (error) {
      return failed(`cannot reach ${where}: ${systemProblem(error)}`);
    }
    const { link, life } = this.#start(connection);
    let refused = await this.#enter(link, credentials.again(place()));
    const instead = typeof refused === 'object' ? credentials.instead(refused, place()) : undefined;
    if (instead !== undefined) refused = await this.#enter(link, instead);
    if (refused === undefined) return this.#livedSince(clock.monotonicMs(), life);
    link.leave();
    const ending = await life;
    if (typeof refused === 'string') return failed(this.#whyOver(ending));
    const { code, retryAfterS } = refused;
    const isForNow = code === 429 || code >= 500;
    return { ...failed(credentials.problemOf(refused).message), isFinal: !isForNow, retryAfterS };
  }

  /** Undefined when the user was let in. */
  async #enter(link: Link, entrance: Entrance): Promise<Failure | 'foreign' | 'unanswered' | undefined> {
    if (!(await link.greeted)) return 'foreign';
    const overdue = this.#options.clock.after(loginMs, () => link.leave());
    const answer = await new Promise<Admitted | Failure | undefined>((resolve) => {
      link.ask(entrance, (answered) => {
        if (answered !== undefined && answered.kind !== 'failure') {
          this.#options.credentials.admitted(answered);
          this.#options.told.onAdmitted(link, answered, entrance);
        }
        resolve(answered);
      });
    });
    overdue.cancel();
    if (answer === undefined) return 'unanswered';
    return answer.kind === 'failure' ? answer : undefined;
  }

  async #livedSince(enteredMs: number, life: Promise<LinkEnding>): Promise<Life> {
    const ending = await life;
    const { told, clock } = this.#options;
    told.onGone();
    return {
      why: this.#whyOver(ending),
      isFinal: ending.kind === 'dismissed' && !ending.retry,
      isFarewell: ending.kind === 'dismissed',
      onlineMs: clock.monotonicMs() - enteredMs,
    };
  }

  #noAnswer(): ConnectError {
    return new ConnectError('unreachable', `${this.#options.where} did not answer the login`);
  }

  #whyOver(ending: LinkEnding): string {
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

const failed = (why: string): Life => ({ why, isFinal: false, onlineMs: 0 });
