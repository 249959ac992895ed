import { wireLimits } from '../../protocol/limits.ts';
import { decodeUtf8 } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { elapsed } from '../../scheduling/elapsed.ts';
import { RateLimit } from '../../scheduling/rate-limit.ts';
import type { LineSource } from '../line-source.ts';
import { isBlank, textProblem } from '../lines.ts';
import type { Screen } from '../screen.ts';

/** Where lines that come through a pipe go. */
export interface PipedChat {
  /** Resolves when the chat is over. */
  readonly closed: Promise<void>;
  /** Whether a line that is not UTF-8 may go there, for the server to judge. */
  readonly takesBytes: boolean;
  /** Resolves when the next line may come, with whether this one was dealt with; what was wrong is told. */
  take(line: Uint8Array): Promise<boolean>;
  /** Leaves when all of them were handled; resolves when the chat is over. */
  leave(): Promise<void>;
}

export interface PipedLinesOptions {
  readonly chat: PipedChat;
  readonly screen: Screen;
  readonly clock: Clock;
  /** Lines a second after the first few; 0 is no limit. */
  readonly rate: number;
  readonly lines: LineSource;
}

/** Lines that go out at once. Fewer than an earshot server takes at once, as its clock is not ours. */
const burstLines = 15;

/** Sends what comes through a pipe, line by line, at a pace that servers take, and leaves at its end. */
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

  /** Lines that could not be sent, each told. */
  get unsentLines(): number {
    return this.#unsentLines;
  }

  /** Sends everything and leaves; resolves when the chat is over. */
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

  /** Servers refuse what comes too fast for too long, and a pipe is always too fast. */
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
