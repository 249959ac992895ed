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
import type { Clock, Timer } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { type Broken, ClientSocket } from '../client-socket.ts';

/** Why a connection is over. */
export type Chat11Ending =
  /** `leave` was called. */
  | { readonly kind: 'left' }
  /** The server said that it ends the connection, and why. */
  | { readonly kind: 'dismissed'; readonly reason: string; readonly retry: boolean }
  /** What listens there has not said a word of CHAT/1.1. */
  | { readonly kind: 'foreign' }
  /** Nothing was heard for too long. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'lost'; readonly cause: Error | undefined }
  | Broken;

/** What was asked for with `Replay: yes`, and holes in it. */
export type Replayed = EventOf<'message' | 'attachment' | 'gap'>;

export interface Chat11Handlers {
  /** Whatever the server says without being asked. Nothing more is read until a promise resolves. */
  onEvent(event: ServerEvent): Promise<void> | undefined;
  /** A DATA was not taken. */
  onDataFailure(failure: Failure): void;
}

interface Pending {
  readonly kind: AnsweredKind;
  onAnswer(answer: Response | Failure | undefined): void;
  readonly onReplay: ((event: Replayed) => void) | undefined;
}

/** By a server that does not know CHAT/1.1 the first line is answered at once, or never. */
const greetingMs = 5_000;
const pingMs = 45_000;
const silenceMs = 90_000;
const leaveMs = 1_000;
/** An answer has about 1 MiB of texts and one more (docs/protocol.md, HISTORY); a server of ours stays far below this. */
const maxReplayedBytes = 4 * 1024 * 1024;

/**
 * One connection to a CHAT/1.1 server: requests out, each paired with its response, and events in. `run` is its whole
 * life. Answers and events are told in the order in which they came, each before the next is looked at.
 */
export class Chat11Connection {
  readonly #socket: ClientSocket<Chat11Ending>;
  readonly #clock: Clock;
  #handlers: Chat11Handlers | undefined;
  readonly #pending: Pending[] = [];
  #whenDrained: (() => void)[] = [];
  /** What came in front of the next answer. */
  #replayed = 0;
  #replayedBytes = 0;
  #isGreeted = false;
  readonly #greeted = Promise.withResolvers<boolean>();
  #isOver = false;
  /** When something was said that is answered; pieces of a file are not. */
  #lastAskedMs: number;
  #lastHeardMs: number;
  #watch: Timer | undefined;

  /** To be called in the turn in which the connection came. */
  constructor(connection: Connection, clock: Clock) {
    this.#clock = clock;
    this.#lastAskedMs = clock.monotonicMs();
    this.#lastHeardMs = this.#lastAskedMs;
    this.#socket = new ClientSocket(connection, {
      onBytes: () => {
        this.#lastHeardMs = clock.monotonicMs();
      },
      onDrain: () => this.#onDrain(),
      onClose: () => this.#onDrain(),
    });
  }

  /**
   * Whether the server speaks CHAT/1.1. Nothing should be said before that is known: a server of another protocol might
   * tell everybody.
   */
  get greeted(): Promise<boolean> {
    return this.#greeted.promise;
  }

  /** Asks for a sign of CHAT/1.1, then serves. Resolves when it is over, with why; `closed` may take a little longer. */
  async run(handlers: Chat11Handlers): Promise<Chat11Ending> {
    this.#handlers = handlers;
    const overdue = this.#clock.after(greetingMs, () => {
      if (!this.#isGreeted) this.#socket.stop({ kind: 'foreign' });
    });
    this.ask({ kind: 'ping' }, (answer) => this.#greeted.resolve(answer !== undefined));
    this.#watchSilence();
    try {
      await this.#serve();
      return this.#whyOver();
    } finally {
      overdue.cancel();
      this.#watch?.cancel();
      this.#isOver = true;
      for (const { onAnswer } of this.#pending.splice(0)) onAnswer(undefined);
      this.#onDrain();
      const kind = this.#socket.stopped?.kind;
      const isPointless = kind !== undefined && kind !== 'left' && kind !== 'dismissed';
      void this.#socket.leave(this.#clock, leaveMs, isPointless);
    }
  }

  /**
   * Sends a request. `onAnswer` gets the response, or undefined when the connection ends before, in the turn in which
   * it is read; `onReplay` gets what comes in front of it because it was asked for.
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
    // First, as it may throw: what was not sent must not wait for an answer, or every later one comes to the wrong request.
    const bytes = formatRequest(request);
    // The answer is read as one to this kind of request.
    this.#pending.push({ kind: request.kind, onAnswer: onAnswer as Pending['onAnswer'], onReplay });
    this.#lastAskedMs = this.#clock.monotonicMs();
    this.#socket.connection.write(bytes);
  }

  /** The same, for who does not mind a turn more. */
  request<Kind extends AnsweredKind>(
    request: Request & { readonly kind: Kind },
    onReplay?: (event: Replayed) => void,
  ): Promise<ResponseTo<Kind> | Failure | undefined> {
    return new Promise((resolve) => {
      this.ask(request, resolve, onReplay);
    });
  }

  /** Sends a piece of a file, once all that was said before has left; false when the connection is over. */
  async sendPiece(data: RequestOf<'data'>): Promise<boolean> {
    while (!this.#isOver && this.#socket.connection.unsentBytes > 0) {
      await new Promise<void>((resolve) => {
        this.#whenDrained.push(resolve);
      });
    }
    if (!this.#isOver) this.#socket.connection.write(formatRequest(data));
    return !this.#isOver;
  }

  /** Who gets what was asked for, when that is what comes now. */
  get replayed(): ((event: Replayed) => void) | undefined {
    return this.#pending[0]?.onReplay;
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  /** Says goodbye and closes. Idempotent. */
  leave(): void {
    if (this.#isOver || this.#socket.stopped !== undefined) return;
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
      if (problem instanceof Promise) await problem;
      else if (problem !== undefined) this.#socket.stop({ kind: 'broken', problem: `${problem}` });
    }
  }

  /** What is wrong with it, or a promise to wait for. */
  #take(parcel: Parcel): Promise<void> | string | undefined {
    if (parcel.start.kind === 'status') return this.#takeResponse(parcel);
    const event = parseEvent(parcel);
    if (event instanceof Malformed) return problemOf(event);
    if (event.kind === 'disconnect') {
      this.#socket.stop({ kind: 'dismissed', reason: event.reason, retry: event.retry });
      return undefined;
    }
    return this.#isFlooded(parcel, event)
      ? 'it answered with more than was asked for'
      : this.#handlers?.onEvent(event);
  }

  /** Whether more came in front of an answer than any answer has. */
  #isFlooded({ body }: Parcel, event: ServerEvent): boolean {
    if (!('replay' in event) || event.replay !== true) return false;
    this.#replayedBytes += body.length;
    return ++this.#replayed > wireLimits.historyLines || this.#replayedBytes > maxReplayedBytes;
  }

  #takeResponse(parcel: Parcel): string | undefined {
    if (isDataFailure(parcel)) {
      // The kind does not matter to a failure.
      const failure = parseResponse('ping', parcel);
      if (failure.kind === 'failure') this.#handlers?.onDataFailure(failure);
      return failure instanceof Malformed ? failure.text : undefined;
    }
    const pending = this.#pending[0];
    if (pending === undefined) return 'it answered what nobody had asked';
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

  #watchSilence(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastHeardMs >= silenceMs) {
      this.#socket.stop({ kind: 'silent' });
      return;
    }
    if (nowMs - this.#lastAskedMs >= pingMs) this.ask({ kind: 'ping' }, () => {});
    const dueMs = Math.min(this.#lastAskedMs + pingMs, this.#lastHeardMs + silenceMs);
    this.#watch = this.#clock.after(dueMs - nowMs, () => this.#watchSilence());
  }

  #onDrain(): void {
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }
}

/** What a malformed parcel of the server means; events that are not known are passed over. */
function problemOf({ text, start, isFatal }: Malformed): string | undefined {
  return !isFatal && start !== undefined && isUnknownEvent(start) ? undefined : text;
}

function isUnknownEvent(start: Start): boolean {
  return start.kind === 'verb' && !eventKinds.some((kind) => kind.toUpperCase() === start.verb);
}
