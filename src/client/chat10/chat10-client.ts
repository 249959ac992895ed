import { parseRegistrationAnswer, parseServerLine } from '../../protocol/chat10/event.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { decodeUtf8, encodeUtf8, quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { ClientSocket } from '../client-socket.ts';
import { headerBlockMs, silence } from '../silence.ts';
import type { Chat10Ending, Chat10Handlers } from './chat10-handlers.ts';
import { FirstFollows } from './first-follows.ts';
import { LineInput } from './line-input.ts';
import { NamedFiles } from './named-files.ts';
import { receiveFile } from './receive-file.ts';
import { sendFile } from './send-file.ts';

export interface Chat10Options {
  readonly name: string;
  /** Terms to follow from the start; none may hold a comma or a control character. */
  readonly follow: readonly string[];
  readonly clock: Clock;
  readonly handlers: Chat10Handlers;
  /** The time-out of the answer to REGISTER. */
  readonly answerMs?: number;
  /** The time-out of closing the connection. */
  readonly leaveMs?: number;
}

/** Leaves room for a prefix that some server puts before a text. */
const lineBytes = wireLimits.lineBytes + 1024;
/** A server that requests more files than this before it reads the answers is broken or hostile. */
const answersWaitingLimit = 64;

/**
 * A connection to a CHAT/1.0 server (asn2, asn3; docs/protocol.md), from REGISTER to its end. `run` lasts as long as
 * the connection; call `say` only after `onRegistered`, `quit` at any time.
 */
export class Chat10Client {
  readonly #socket: ClientSocket<Chat10Ending>;
  readonly #options: Chat10Options;
  readonly #handlers: Chat10Handlers;
  readonly #named = new NamedFiles();
  readonly #lines: LineInput;
  readonly #firstFollows: FirstFollows;
  /** While the first terms are followed: what is said comes after them. */
  #following: Promise<void> | undefined;
  #isLeaving = false;
  #saidExit = false;
  #filesUnderWay = 0;
  #bytesReceived = 0;

  /** Call it synchronously once the connection opens, or events are missed. */
  constructor(connection: Connection, options: Chat10Options) {
    this.#options = options;
    this.#handlers = options.handlers;
    this.#socket = new ClientSocket(connection, {
      onBytes: (count) => {
        this.#bytesReceived += count;
      },
      onClose: () => {
        this.#named.forget();
        this.#firstFollows.close();
      },
    });
    this.#lines = new LineInput(this.#socket, options.clock, lineBytes);
    this.#firstFollows = new FirstFollows({
      terms: options.follow,
      clock: options.clock,
      say: (line) => this.#send(encodeUtf8(line)),
      onProblem: (problem) => options.handlers.onProblem(problem),
    });
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  /** The bytes received so far. While this grows, the server is alive. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** The bytes that the system has not taken yet. While this falls, the server reads. */
  get unsentBytes(): number {
    return this.#socket.connection.unsentBytes;
  }

  /** Registers, and reads until the connection ends. Resolves with the reason when the connection is closed. */
  async run(): Promise<Chat10Ending> {
    try {
      return (await this.#register()) ?? (await this.#serve());
    } finally {
      await this.#leave();
    }
  }

  /**
   * Sends one line, as text or as raw bytes, without its line end. Resolves when there is room for the next. A line
   * waits for the end of a file in transit, as CHAT/1.0 cannot interleave them. After `quit` or the connection's end it
   * is dropped.
   */
  async say(line: string | Uint8Array): Promise<void> {
    if (this.#following !== undefined) await this.#following;
    if (this.#isLeaving) return;
    const bytes = typeof line === 'string' ? encodeUtf8(line) : line;
    const text = typeof line === 'string' ? line : decodeUtf8(line);
    if (text?.startsWith('!')) {
      this.#named.note(text);
      if (text.trim() === '!exit') this.#saidExit = true;
    }
    await this.#send(bytes);
  }

  #send(line: Uint8Array): Promise<void> {
    return this.#socket.outgoing.send(joined(encodeUtf8(`@${this.#options.name}: `), line, lineFeed));
  }

  /** Resolves when the server has requested every file named in `!attach` so far, and got an answer. */
  attachmentsSettled(): Promise<void> {
    return this.#named.settled();
  }

  /** Stops waiting for the files that the server has not requested, and returns their paths. */
  forgetAttachments(): readonly string[] {
    return this.#named.forget();
  }

  /**
   * Sends DISCONNECT behind what was said, and reads on until the server closes, so that answers still arrive. Resolves
   * when it is sent; call `quit` when the server takes too long.
   */
  async finish(): Promise<void> {
    if (this.#following !== undefined) await this.#following;
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#saidExit = true;
    await this.#socket.outgoing.send(this.#goodbye);
  }

  get #goodbye(): Uint8Array {
    return encodeUtf8(`DISCONNECT ${this.#options.name} CHAT/1.0\n`);
  }

  /** Sends DISCONNECT and closes; resolves when the connection is closed. Idempotent. */
  quit(): Promise<void> {
    if (this.#socket.stopped === undefined) {
      // In the middle of a file the server would take DISCONNECT for the file's bytes; closing says the same.
      if (this.#filesUnderWay > 0) this.#socket.connection.destroy();
      else if (!this.#isLeaving) this.#socket.outgoing.send(this.#goodbye).catch(() => {});
      this.#isLeaving = true;
      this.#socket.stop({ kind: 'left' });
    }
    return this.#socket.closed;
  }

  /** REGISTER goes alone. Only a server that does not answer it gets a block of headers: see `headerBlockMs`. */
  async #register(): Promise<Chat10Ending | undefined> {
    const { name, follow, clock, answerMs = 10_000 } = this.#options;
    const overdue = clock.after(answerMs, () => this.#socket.stop({ kind: 'unanswered' }));
    const answered = new AbortController();
    let hasSentBlock = false;
    void silence(clock, headerBlockMs, answered.signal).then(() => {
      if (answered.signal.aborted || this.#socket.stopped !== undefined || this.#bytesReceived > 0) return;
      hasSentBlock = true;
      const block = follow.length === 0 ? '\n' : `Follow: ${follow.join(',')}\n\n`;
      this.#socket.outgoing.send(encodeUtf8(block)).catch(() => {});
    });
    await this.#socket.outgoing.send(encodeUtf8(`REGISTER ${name} CHAT/1.0\n`));
    const line = await this.#lines.next();
    overdue.cancel();
    answered.abort();
    if (line === undefined) return this.#whyOver();
    const { first, rest } = splitAnswer(decodeUtf8(line.bytes) ?? '(bytes that are not UTF-8)');
    const answer = parseRegistrationAnswer(first);
    if (answer.kind === 'refused') return answer;
    if (answer.kind === 'unknown') return { kind: 'foreign', line: answer.line };
    this.#lines.onAnswer(!line.isEnded || rest !== '', rest === '' ? undefined : encodeUtf8(rest));
    if (!hasSentBlock && follow.length > 0) {
      this.#following = this.#firstFollows.run().finally(() => {
        this.#following = undefined;
      });
    }
    this.#handlers.onRegistered();
    return undefined;
  }

  async #serve(): Promise<Chat10Ending> {
    for (;;) {
      const bytes = (await this.#lines.next())?.bytes;
      if (bytes === undefined) return this.#whyOver();
      const line = decodeUtf8(bytes);
      if (line === undefined) {
        this.#onUndecodableLine(bytes);
        continue;
      }
      const event = parseServerLine(line);
      if (event.kind === 'disconnect') return { kind: 'closed-by-server', asked: this.#saidExit };
      if (event.kind === 'text') this.#onText(event.line);
      else if (event.kind === 'attach') this.#onAttachRequest(event.file);
      else await receiveFile(event.file, this.#socket, this.#handlers);
    }
  }

  #onText(line: string): void {
    if (!this.#firstFollows.take(line)) this.#handlers.onText(line);
  }

  async #leave(): Promise<void> {
    const { clock, leaveMs = 1_000 } = this.#options;
    this.#isLeaving = true;
    this.#named.forget();
    const { stopped } = this.#socket;
    const isPointless = stopped?.kind === 'broken' || stopped?.kind === 'unanswered';
    await this.#socket.leave(clock, leaveMs, isPointless || this.#filesUnderWay > 0);
  }

  #whyOver(): Chat10Ending {
    const { stopped, closeError } = this.#socket;
    if (stopped !== undefined) return stopped;
    if (this.#saidExit && closeError === undefined) return { kind: 'closed-by-server', asked: true };
    return { kind: 'lost', cause: closeError };
  }

  #onUndecodableLine(bytes: Uint8Array): void {
    // Other users cause such lines, so the client stays; unless the bytes of a file may follow, which are not lines.
    if (decodeUtf8(bytes.subarray(0, attachmentWord.length)) === attachmentWord) {
      this.#socket.stop({
        kind: 'broken',
        problem: 'the server announced a file with a name that is not UTF-8',
      });
    } else this.#handlers.onProblem('A line that is not UTF-8 text came, and is not shown.');
  }

  #onAttachRequest(file: string): void {
    const path = this.#named.claim(file);
    if (path === undefined) {
      this.#handlers.onProblem(
        `The server asked for the file ${quoteShort(file)}, which you did not attach. Refused.`,
      );
    }
    this.#filesUnderWay += 1;
    if (this.#filesUnderWay > answersWaitingLimit) {
      this.#socket.stop({ kind: 'broken', problem: 'the server asked for too many files at once' });
    }
    this.#socket.outgoing
      .run((write) => sendFile(path, this.#handlers, write))
      .catch((error: unknown) => this.#onFileNotSent(path ?? file, error))
      .finally(() => {
        this.#filesUnderWay -= 1;
        if (path !== undefined) this.#named.settle();
      });
  }

  #onFileNotSent(path: string, error: unknown): void {
    // The server still expects bytes of the file, and would take any other ones for them.
    const reason = error instanceof Error ? error.message : String(error);
    this.#socket.stop({
      kind: 'broken',
      problem: `${quoteShort(path)} could not be sent to its end: ${reason}`,
    });
  }
}

/** Splits the answer of a server that ends no lines from a line of chat that came in the same read. */
function splitAnswer(line: string): { readonly first: string; readonly rest: string } {
  const [, first = line, rest = ''] = /^(200 Registration successful)(@.*)$/s.exec(line) ?? [];
  return { first, rest };
}

const attachmentWord = 'ATTACHMENT ';
const lineFeed = encodeUtf8('\n');

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
