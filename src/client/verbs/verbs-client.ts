import { wireLimits } from '../../protocol/limits.ts';
import { operatorName } from '../../protocol/names.ts';
import { decodeUtf8, encodeUtf8, quoteShort } from '../../protocol/text.ts';
import { type Answer, parseServerLine } from '../../protocol/verbs/event.ts';
import { formatRequest } from '../../protocol/verbs/request.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { type Broken, ClientSocket } from '../client-socket.ts';
import type { VerbsRequest } from './typed-verb.ts';

/** The callbacks of a `VerbsClient`. Their arguments are untrusted text without line ends. */
export interface VerbsHandlers {
  /** The server speaks verbs; `ask` may be called from now on. */
  onReady(): void;
  /** The answer to the oldest unanswered request. */
  onAnswer(answer: Answer): void;
  onDelivery(sender: string, text: string): void;
  /** Something went wrong that does not end the connection. `problem` is for the user. */
  onProblem(problem: string): void;
}

/** Why a connection ended. */
export type VerbsEnding =
  /** `leave` was called. */
  | { readonly kind: 'left' }
  /** The last line came from the operator, or from the server itself: its text says why it closed the connection. */
  | { readonly kind: 'dismissed'; readonly reason: string }
  /** The server closed the connection after it had answered every request. */
  | { readonly kind: 'closed-by-server' }
  /** An answer timed out. */
  | { readonly kind: 'unanswered' }
  /** The server's first line is not of this protocol. */
  | { readonly kind: 'foreign'; readonly line: string }
  /** The connection broke, or ended before everything was answered. */
  | { readonly kind: 'lost'; readonly cause: Error | undefined }
  | Broken;

export interface VerbsOptions {
  readonly clock: Clock;
  readonly handlers: VerbsHandlers;
  /** The time-out of the first answer. */
  readonly greetingMs?: number;
  /** The time-out of every later answer, from the request or the answer before it. */
  readonly answerMs?: number;
  /** The time-out of closing the connection. */
  readonly leaveMs?: number;
}

/** Leaves room for a prefix that some server puts before a text. */
const lineBytes = wireLimits.lineBytes + 1024;

/**
 * A connection to a server of verbs (CS3560; docs/protocol.md), from its first line to its end. `run` lasts as long as
 * the connection; call `ask` only after `onReady`, `leave` at any time.
 */
export class VerbsClient {
  readonly #socket: ClientSocket<VerbsEnding>;
  readonly #options: VerbsOptions;
  readonly #handlers: VerbsHandlers;
  /** The resolvers of unanswered requests, in the order of the requests. */
  readonly #unanswered: ((isAnswered: boolean) => void)[] = [];
  #silence: Timer | undefined;
  #isLeaving = false;
  /** The text of the last line, if that came from `operatorName`. */
  #lastWords: string | undefined;

  /** Call it synchronously once the connection opens, or events are missed. */
  constructor(connection: Connection, options: VerbsOptions) {
    this.#socket = new ClientSocket(connection);
    this.#options = options;
    this.#handlers = options.handlers;
  }

  /** Reads until the connection ends. Resolves with the reason when the connection is closed. */
  async run(): Promise<VerbsEnding> {
    try {
      return (await this.#greet()) ?? (await this.#serve());
    } finally {
      await this.#close();
    }
  }

  /** Sends a request. Resolves with true when it is answered, with false when the connection ends before. */
  ask(request: VerbsRequest): Promise<boolean> {
    if (this.#isLeaving || this.#socket.stopped !== undefined) return Promise.resolve(false);
    this.#send(formatRequest(request));
    return new Promise((resolve) => {
      this.#unanswered.push(resolve);
      if (this.#unanswered.length === 1) this.#watchForSilence();
    });
  }

  /** Sends `exit`, and takes answers until the server closes the connection. Resolves when it is closed. Idempotent. */
  leave(): Promise<void> {
    if (!this.#isLeaving) {
      this.#isLeaving = true;
      this.#send('exit');
      this.#stopAfter(this.#options.leaveMs ?? 1_000, { kind: 'left' });
    }
    return this.#socket.closed;
  }

  /**
   * Sends `list` as a handshake: the server times out without a first line, and the user may think for longer. The
   * answer also shows whether the server speaks verbs.
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
    this.#lastWords = line.kind === 'delivery' && line.sender === operatorName ? line.text : undefined;
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
    if (closeError === undefined && this.#lastWords !== undefined)
      return { kind: 'dismissed', reason: this.#lastWords };
    const isInOrder = closeError === undefined && this.#unanswered.length === 0;
    return isInOrder ? { kind: 'closed-by-server' } : { kind: 'lost', cause: closeError };
  }

  /** Starts the time-out of the next answer if a request is unanswered. */
  #watchForSilence(): void {
    this.#silence?.cancel();
    if (this.#unanswered.length === 0) return;
    this.#silence = this.#stopAfter(this.#options.answerMs ?? 30_000, { kind: 'unanswered' });
  }

  #stopAfter(delayMs: number, ending: VerbsEnding): Timer {
    return this.#options.clock.after(delayMs, () => this.#socket.stop(ending));
  }
}
