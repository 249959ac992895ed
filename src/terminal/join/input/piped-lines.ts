import { wireLimits } from '../../../protocol/limits.ts';
import { decodeUtf8 } from '../../../protocol/text.ts';
import type { Clock } from '../../../scheduling/clock.ts';
import { elapsed } from '../../../scheduling/elapsed.ts';
import { RateLimit } from '../../../scheduling/rate-limit.ts';
import type { LineSource } from '../../line-source.ts';
import { isBlank, textProblem } from '../../lines.ts';
import type { Screen } from '../../screen.ts';

/** A chat that takes its lines from a pipe. */
export interface PipedChat {
  /** Resolves when the chat has ended. */
  readonly closed: Promise<void>;
  /** Whether `take` accepts lines that are not UTF-8 and leaves them to the server. */
  readonly takesBytes: boolean;
  /** Executes a line. Resolves when the next may come; with false when this one failed, which the user was told. */
  take(line: Uint8Array): Promise<boolean>;
  /** Leaves when the server has handled all lines; resolves when the chat has ended. */
  leave(): Promise<void>;
}

export interface PipedLinesOptions {
  readonly chat: PipedChat;
  readonly screen: Screen;
  readonly clock: Clock;
  /** The rate limit after the first few lines, in lines per second; 0 is no limit. */
  readonly rate: number;
  readonly lines: LineSource;
}

/** The burst of the rate limit. It is below that of an earshot server, as its clock is not ours. */
const burstLines = 15;

/** Sends the lines of a pipe below the servers' rate limit, and leaves at the end of the input. */
export class PipedLines {
  readonly #chat: PipedChat;
  readonly #screen: Screen;
  readonly #lines: LineSource;
  readonly #clock: Clock;
  readonly #pace: RateLimit;
  #number = 0;
  #unsentLines = 0;
  #isOver = false;
  #isOverTold = false;

  constructor({ chat, screen, clock, rate, lines }: PipedLinesOptions) {
    this.#chat = chat;
    this.#screen = screen;
    this.#clock = clock;
    this.#pace = new RateLimit(clock, rate, burstLines);
    this.#lines = lines;
    void chat.closed.then(() => {
      this.#isOver = true;
    });
  }

  /** How many lines could not be sent. */
  get unsentLines(): number {
    return this.#unsentLines;
  }

  /** Sends all lines and leaves; resolves when the chat has ended. */
  async send(): Promise<void> {
    for (let line = await this.#lines.next(); line !== undefined; line = await this.#lines.next()) {
      this.#number += 1;
      if (line === 'too-long') this.#onUnsendable(tooLongProblem);
      else await this.#say(line);
    }
    await this.#chat.leave();
  }

  /** Takes no more input. Idempotent. */
  stop(): void {
    this.#lines.stop();
  }

  async #say(bytes: Uint8Array): Promise<void> {
    const text = decodeUtf8(bytes);
    if (text !== undefined && isBlank(text)) return;
    const problem = text === undefined ? this.#bytesProblem : textProblem(text);
    if (problem !== undefined) {
      this.#onUnsendable(problem);
      return;
    }
    await this.#keepPace();
    if (this.#isOver) {
      this.#onOver();
      return;
    }
    if (!(await this.#chat.take(bytes))) this.#unsentLines += 1;
  }

  get #bytesProblem(): string | undefined {
    return this.#chat.takesBytes ? undefined : 'it is not UTF-8 text';
  }

  /** Waits for the rate limit: a pipe is always too fast for a server. */
  async #keepPace(): Promise<void> {
    const delayMs = this.#pace.delayMs();
    if (delayMs > 0) await Promise.race([this.#chat.closed, elapsed(this.#clock, delayMs)]);
    this.#pace.spend();
  }

  #onOver(): void {
    if (!this.#isOverTold) this.#screen.problem(`The chat ended before line ${this.#number} was sent`);
    this.#isOverTold = true;
    this.#unsentLines += 1;
  }

  #onUnsendable(problem: string): void {
    this.#unsentLines += 1;
    this.#screen.problem(`Line ${this.#number} was not sent: ${problem}`);
  }
}

const tooLongProblem = `it has more than ${wireLimits.textBytes} bytes`;
