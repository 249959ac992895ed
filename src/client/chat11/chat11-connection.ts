import {
  type EventOf,
  eventKinds,
  parseEvent,
  type ServerEvent,
  serverSide,
} from '../../protocol/chat11/event.ts';
import { Malformed, type Parcel, type Start } from '../../protocol/chat11/parcel.ts';
import { limitsOfServer, ParcelReader } from '../../protocol/chat11/parcel-reader.ts';
import { formatRequest, type Request, type RequestOf } from '../../protocol/chat11/request.ts';
import {
  type AnsweredKind,
  type Failure,
  isDataFailure,
  parseResponse,
  type Response,
  type ResponseTo,
} from '../../protocol/chat11/response.ts';
import { wireLimits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { type Broken, ClientSocket } from '../client-socket.ts';
import { Liveness } from './liveness.ts';

/** Why a connection ended. */
export type Chat11Ending =
  /** `leave` was called. */
  | { readonly kind: 'left' }
  /** The server sent DISCONNECT. `retry`: the client may reconnect. */
  | { readonly kind: 'dismissed'; readonly reason: string; readonly retry: boolean }
  /** The peer does not speak CHAT/1.1. */
  | { readonly kind: 'foreign' }
  /** Nothing came for too long; see `Liveness`. */
  | { readonly kind: 'silent' }
  /** The connection closed without DISCONNECT. */
  | { readonly kind: 'lost'; readonly cause: Error | undefined }
  | Broken;

/** The events with `Replay: yes` that precede the response to a request, and the gaps among them. */
export type Replayed = EventOf<'message' | 'attachment' | 'gap'>;

export interface Chat11Handlers {
  /** Called with every event. If it returns a promise, the connection reads on when that resolves. */
  onEvent(event: ServerEvent): Promise<void> | undefined;
  /** The server refused a DATA. */
  onDataFailure(failure: Failure): void;
}

interface Pending {
  readonly askedMs: number;
  readonly kind: AnsweredKind;
  onAnswer(answer: Response | Failure | undefined): void;
  readonly onReplay: ((event: Replayed) => void) | undefined;
}

/** The time-out of the first response: a server without CHAT/1.1 answers the first line at once, or never. */
const greetingMs = 5_000;
const leaveMs = 1_000;
/** A response has about 1 MiB of texts and one more (docs/protocol.md, HISTORY): an earshot server stays far below. */
const maxReplayedBytes = 4 * 1024 * 1024;

/**
 * One connection to a CHAT/1.1 server: sends requests, pairs each with its response, and receives events. `run` lasts
 * as long as the connection. Handlers are called in the order in which responses and events arrive, before the next is
 * read.
 */
export class Chat11Connection {
  readonly #socket: ClientSocket<Chat11Ending>;
  readonly #clock: Clock;
  #handlers: Chat11Handlers | undefined;
  readonly #pending: Pending[] = [];
  #whenDrained: (() => void)[] = [];
  /** How many replayed events have preceded the next response. */
  #replayed = 0;
  #replayedBytes = 0;
  #isGreeted = false;
  #refusal: Failure | undefined;
  readonly #greeted = Promise.withResolvers<boolean>();
  #isOver = false;
  readonly #liveness: Liveness;

  /** Call it synchronously once the connection opens, or events are missed. */
  constructor(connection: Connection, clock: Clock) {
    this.#clock = clock;
    this.#liveness = new Liveness({
      clock,
      oldestAskedMs: () => this.#pending[0]?.askedMs,
      ping: () => this.ask({ kind: 'ping' }, () => {}),
      onDead: () => this.#socket.stop({ kind: 'silent' }),
    });
    this.#socket = new ClientSocket(connection, {
      onBytes: () => this.#liveness.onHeard(),
      onDrain: () => {
        this.#liveness.onDrain();
        this.#onDrain();
      },
    });
  }

  /**
   * Resolves with whether the server speaks CHAT/1.1. Send nothing before: a server of another protocol might broadcast
   * it.
   */
  get greeted(): Promise<boolean> {
    return this.#greeted.promise;
  }

  /** Why the server refuses this connection whatever it asks, as that of a banned address. Known when `greeted` is. */
  get refusal(): Failure | undefined {
    return this.#refusal;
  }

  /** Sends PING, then reads until the connection ends. Resolves with the reason, a little before `closed` does. */
  async run(handlers: Chat11Handlers): Promise<Chat11Ending> {
    this.#handlers = handlers;
    const overdue = this.#clock.after(greetingMs, () => {
      if (!this.#isGreeted) this.#socket.stop({ kind: 'foreign' });
    });
    this.ask({ kind: 'ping' }, (answer) => {
      if (answer?.kind === 'failure') this.#refusal = answer;
      this.#greeted.resolve(answer !== undefined);
    });
    this.#liveness.start();
    try {
      await this.#serve();
      return this.#whyOver();
    } finally {
      overdue.cancel();
      this.#liveness.stop();
      this.#isOver = true;
      for (const { onAnswer } of this.#pending.splice(0)) onAnswer(undefined);
      this.#onDrain();
      const kind = this.#socket.stopped?.kind;
      const isPointless = kind !== undefined && kind !== 'left' && kind !== 'dismissed';
      void this.#socket.leave(this.#clock, leaveMs, isPointless);
    }
  }

  /**
   * Sends a request. Calls `onAnswer` synchronously as the response is read, with undefined when the connection ends
   * before. Calls `onReplay` with each replayed event that precedes the response.
   */
  ask<Kind extends AnsweredKind>(
    request: Request & { readonly kind: Kind },
    onAnswer: (answer: ResponseTo<Kind> | Failure | undefined) => void,
    onReplay?: (event: Replayed) => void,
  ): void {
    if (this.#isOver) {
      onAnswer(undefined);
      return;
    }
    // Format first, as that may throw: a pending request that was never sent would shift all later responses by one.
    const bytes = formatRequest(request);
    // The cast is safe: `kind` selects how the response is parsed.
    this.#pending.push({
      askedMs: this.#clock.monotonicMs(),
      kind: request.kind,
      onAnswer: onAnswer as Pending['onAnswer'],
      onReplay,
    });
    this.#liveness.onAsked();
    this.#socket.connection.write(bytes);
  }

  /** As `ask`, but resolves a microtask after the response is read. */
  request<Kind extends AnsweredKind>(
    request: Request & { readonly kind: Kind },
    onReplay?: (event: Replayed) => void,
  ): Promise<ResponseTo<Kind> | Failure | undefined> {
    return new Promise((resolve) => {
      this.ask(request, resolve, onReplay);
    });
  }

  /** Sends a DATA once the connection has drained, so that texts overtake files. Resolves with false when it ended. */
  async sendPiece(data: RequestOf<'data'>): Promise<boolean> {
    while (!this.#isOver && this.#socket.connection.unsentBytes > 0) {
      await new Promise<void>((resolve) => {
        this.#whenDrained.push(resolve);
      });
    }
    if (!this.#isOver) this.#socket.connection.write(formatRequest(data));
    return !this.#isOver;
  }

  /** The `onReplay` of the request whose response is next, if it has one. */
  get replayed(): ((event: Replayed) => void) | undefined {
    return this.#pending[0]?.onReplay;
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  /** Sends DISCONNECT and closes. `forgetsLogin`: the token of the login is not needed any more. Idempotent. */
  leave(forgetsLogin = false): void {
    if (this.#isOver || this.#socket.stopped !== undefined) return;
    if (forgetsLogin) this.#socket.connection.write(formatRequest({ kind: 'logout', forget: true }));
    this.#socket.connection.write(formatRequest({ kind: 'disconnect' }));
    this.#socket.stop({ kind: 'left' });
  }

  async #serve(): Promise<void> {
    const reader = new ParcelReader(this.#socket.input, serverSide, limitsOfServer);
    while (this.#socket.stopped === undefined) {
      const one = reader.take();
      if (one === undefined) {
        if (!(await this.#socket.input.more())) return;
        continue;
      }
      const problem = one instanceof Malformed ? problemOf(one) : this.#take(one);
      if (problem instanceof Promise) await this.#liveness.whileBusy(problem);
      else if (problem !== undefined) this.#socket.stop({ kind: 'broken', problem: `${problem}` });
    }
  }

  /** Returns what is wrong with the parcel, a promise to wait for, or undefined. */
  #take(parcel: Parcel): Promise<void> | string | undefined {
    if (parcel.start.kind === 'status') return this.#takeResponse(parcel);
    const event = parseEvent(parcel);
    if (event instanceof Malformed) return problemOf(event);
    if (event.kind === 'disconnect') {
      this.#socket.stop({ kind: 'dismissed', reason: event.reason, retry: event.retry });
      return undefined;
    }
    return this.#isFlooded(parcel, event) ? 'its response is too long' : this.#handlers?.onEvent(event);
  }

  /** Counts a replayed event. Returns whether there are more of them than any response has. */
  #isFlooded({ body }: Parcel, event: ServerEvent): boolean {
    if (!('replay' in event) || event.replay !== true) return false;
    this.#replayedBytes += body.length;
    return ++this.#replayed > wireLimits.historyLines || this.#replayedBytes > maxReplayedBytes;
  }

  #takeResponse(parcel: Parcel): string | undefined {
    if (isDataFailure(parcel)) {
      // A failure has the same form whatever the request was.
      const failure = parseResponse('ping', parcel);
      if (failure.kind === 'failure') this.#handlers?.onDataFailure(failure);
      return failure instanceof Malformed ? failure.text : undefined;
    }
    const pending = this.#pending[0];
    if (pending === undefined) return 'it sent a response without a request';
    const answer = parseResponse(pending.kind, parcel);
    if (answer instanceof Malformed) return answer.text;
    this.#isGreeted = true;
    this.#pending.shift();
    this.#replayed = 0;
    this.#replayedBytes = 0;
    pending.onAnswer(answer);
    return undefined;
  }

  #whyOver(): Chat11Ending {
    const { stopped, closeError } = this.#socket;
    if (stopped?.kind === 'left') return stopped;
    if (!this.#isGreeted) return { kind: 'foreign' };
    return stopped ?? { kind: 'lost', cause: closeError };
  }

  #onDrain(): void {
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }
}

/** Returns what is wrong with a malformed parcel; undefined for an unknown event, which the client ignores. */
function problemOf({ text, start, isFatal }: Malformed): string | undefined {
  return !isFatal && start !== undefined && isUnknownEvent(start) ? undefined : text;
}

function isUnknownEvent(start: Start): boolean {
  return start.kind === 'verb' && !eventKinds.some((kind) => kind.toUpperCase() === start.verb);
}
