import { wireLimits } from '../../protocol/limits.ts';
import { decodeUtf8, encodeUtf8, quoteShort } from '../../protocol/text.ts';
import { type Answer, parseServerLine } from '../../protocol/verbs/event.ts';
import { formatRequest } from '../../protocol/verbs/request.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { type Broken, ClientSocket } from '../client-socket.ts';
import type { VerbsRequest } from './typed-verb.ts';

/** What the client of verbs tells. It may hold whatever strangers send, but no line end. */
export interface VerbsHandlers {
  /** The server speaks verbs: from here on `ask` is of use. */
  onReady(): void;
  /** The answer to the oldest request that had none yet. */
  onAnswer(answer: Answer): void;
  onDelivery(sender: string, text: string): void;
  /** Something went wrong that does not end the conversation, in words for the user. */
  onProblem(problem: string): void;
}

/** Why a connection is over. */
export type VerbsEnding =
  /** `leave` was called. */
  | { readonly kind: 'left' }
  /** The server closed when nothing was left to answer. */
  | { readonly kind: 'closed-by-server' }
  /** No answer in time. */
  | { readonly kind: 'unanswered' }
  /** The server's first line is none of this protocol. */
  | { readonly kind: 'foreign'; readonly line: string }
  /** The connection broke, or ended before everything was answered. */
  | { readonly kind: 'lost'; readonly cause: Error | undefined }
  | Broken;

export interface VerbsOptions {
  readonly clock: Clock;
  readonly handlers: VerbsHandlers;
  /** How long the server may take for its first answer, and be silent before any other. */
  readonly greetingMs?: number;
  readonly answerMs?: number;
  /** How long a connection that is over may take to close. */
  readonly leaveMs?: number;
}

/** A server may put something in front of a text that we did not think of. */
const lineBytes = wireLimits.lineBytes + 1024;

/**
 * A connection to a server of verbs (CS3560; docs/protocol.md), from its first line to its end. `run` is its whole
 * life; `ask` may be called from when `onReady` came, `leave` at any time.
 */
export class VerbsClient {
  readonly #socket: ClientSocket<VerbsEnding>;
  readonly #options: VerbsOptions;
  readonly #handlers: VerbsHandlers;
  /** Who waits for an answer, in the order of the requests. */
  readonly #unanswered: ((isAnswered: boolean) => void)[] = [];
  #silence: Timer | undefined;
  #isLeaving = false;

  /** To be called in the turn in which the connection came. */
  constructor(connection: Connection, options: VerbsOptions) {
    this.#socket = new ClientSocket(connection);
    this.#options = options;
    this.#handlers = options.handlers;
  }

  /** Serves and leaves; resolves when the connection is closed, with why. */
  async run(): Promise<VerbsEnding> {
    try {
      return (await this.#greet()) ?? (await this.#serve());
    } finally {
      await this.#close();
    }
  }

  /** Sends a request. Resolves with true when it is answered, with false when it never will be. */
  ask(request: VerbsRequest): Promise<boolean> {
    if (this.#isLeaving || this.#socket.stopped !== undefined) return Promise.resolve(false);
    this.#send(formatRequest(request));
    return new Promise((resolve) => {
      this.#unanswered.push(resolve);
      if (this.#unanswered.length === 1) this.#watchForSilence();
    });
  }

  /** Says `exit` and takes what is still answered until the server closes. Resolves then. Idempotent. */
  leave(): Promise<void> {
    if (!this.#isLeaving) {
      this.#isLeaving = true;
      this.#send('exit');
      this.#stopAfter(this.#options.leaveMs ?? 1_000, { kind: 'left' });
    }
    return this.#socket.closed;
  }

  /**
   * Asks for the list, for nothing but the answer: the server waits for a first line only so long, and the user may
   * think for longer; and whatever else listens there answers something else.
   */
  async #greet(): Promise<VerbsEnding | undefined> {
    this.#send('list');
    const overdue = this.#stopAfter(this.#options.greetingMs ?? 10_000, { kind: 'unanswered' });
    const bytes = await this.#socket.nextLine(lineBytes);
    overdue.cancel();
    if (bytes === undefined) return this.#whyOver();
    const text = decodeUtf8(bytes) ?? '(bytes that are not UTF-8)';
    const { kind } = parseServerLine(text);
    if (kind !== 'list' && kind !== 'response') return { kind: 'foreign', line: text };
    if (!this.#isLeaving) this.#handlers.onReady();
    return undefined;
  }

  async #serve(): Promise<VerbsEnding> {
    for (;;) {
      const bytes = await this.#socket.nextLine(lineBytes);
      if (bytes === undefined) return this.#whyOver();
      const text = decodeUtf8(bytes);
      if (text === undefined)
        this.#handlers.onProblem('A line that is not UTF-8 text came, and is not shown.');
      else this.#onLine(text);
    }
  }

  #onLine(text: string): void {
    const line = parseServerLine(text);
    if (line.kind === 'delivery') {
      this.#handlers.onDelivery(line.sender, line.text);
      return;
    }
    const onAnswered = line.kind === 'unknown' ? undefined : this.#unanswered.shift();
    if (line.kind === 'unknown' || onAnswered === undefined) {
      this.#handlers.onProblem(`The server said ${quoteShort(text)}, which makes no sense here.`);
      return;
    }
    this.#handlers.onAnswer(line);
    this.#watchForSilence();
    onAnswered(true);
  }

  async #close(): Promise<void> {
    const { clock, leaveMs = 1_000 } = this.#options;
    this.#isLeaving = true;
    this.#silence?.cancel();
    for (const onAnswered of this.#unanswered.splice(0)) onAnswered(false);
    const { stopped } = this.#socket;
    const isPointless = stopped?.kind === 'broken' || stopped?.kind === 'unanswered';
    await this.#socket.leave(clock, leaveMs, isPointless);
  }

  #send(line: string): void {
    void this.#socket.outgoing.send(encodeUtf8(`${line}\n`));
  }

  #whyOver(): VerbsEnding {
    const { stopped, closeError } = this.#socket;
    if (stopped !== undefined) return stopped;
    if (this.#isLeaving) return { kind: 'left' };
    const isInOrder = closeError === undefined && this.#unanswered.length === 0;
    return isInOrder ? { kind: 'closed-by-server' } : { kind: 'lost', cause: closeError };
  }

  /** While something is unanswered, the server may be silent only so long. */
  #watchForSilence(): void {
    this.#silence?.cancel();
    if (this.#unanswered.length === 0) return;
    this.#silence = this.#stopAfter(this.#options.answerMs ?? 30_000, { kind: 'unanswered' });
  }

  #stopAfter(delayMs: number, ending: VerbsEnding): Timer {
    return this.#options.clock.after(delayMs, () => this.#socket.stop(ending));
  }
}
