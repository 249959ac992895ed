import type { Chat10Client } from '../../client/chat10-client.ts';
import type { Clock } from '../../clock.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { decodeUtf8 } from '../../protocol/text.ts';
import { RateLimit } from '../../rate-limit.ts';
import type { LineSource } from '../line-source.ts';
import type { Screen } from '../screen.ts';
import { Patience } from './patience.ts';
import { isBlank, textProblem } from './typed-line.ts';

export interface PipedLinesOptions {
  readonly client: Chat10Client;
  readonly screen: Screen;
  readonly clock: Clock;
  /** Lines a second after the first few; 0 is no limit. */
  readonly rate: number;
  readonly lines: LineSource;
}

/** Lines that go out at once. Fewer than an earshot server takes at once, as its clock is not ours. */
const burstLines = 15;

/**
 * Sends what comes through a pipe, line by line, byte for byte; whether it is UTF-8 is for the server to judge.
 * A file named in `!attach` goes out before the next line, as the courses' server takes the next line for the
 * file's. At the end `!exit` is sent, and answered when everything before it was handled.
 */
export class PipedLines {
  readonly #client: Chat10Client;
  readonly #screen: Screen;
  readonly #lines: LineSource;
  readonly #patience: Patience;
  readonly #clock: Clock;
  readonly #pace: RateLimit;
  #number = 0;
  #unsentLines = 0;
  #isOver = false;
  #isOverTold = false;

  constructor({ client, screen, clock, rate, lines }: PipedLinesOptions) {
    this.#client = client;
    this.#screen = screen;
    this.#clock = clock;
    this.#pace = new RateLimit(clock, rate, burstLines);
    this.#patience = new Patience(clock, client);
    this.#lines = lines;
    void client.closed.then(() => {
      this.#isOver = true;
    });
  }

  /** Lines that could not be sent, each told. */
  get unsentLines(): number {
    return this.#unsentLines;
  }

  /** Sends everything and leaves; resolves when the connection is closed. */
  async send(): Promise<void> {
    for (let line = await this.#lines.next(); line !== undefined; line = await this.#lines.next()) {
      this.#number += 1;
      if (line === 'too-long') this.#onUnsendable(tooLongProblem);
      else await this.#say(line);
    }
    await this.#client.say('!exit');
    this.#patience.onLineSent();
    // A server that does not know !exit never answers it: then it is told in the way of asn2.
    if (!(await this.#patience.waitFor(this.#client.closed))) await this.#client.quit();
  }

  /** Takes no more input. Idempotent. */
  stop(): void {
    this.#lines.stop();
  }

  async #say(bytes: Uint8Array): Promise<void> {
    const text = decodeUtf8(bytes);
    if (text !== undefined && isBlank(text)) return;
    const problem = text === undefined ? undefined : textProblem(text);
    if (problem !== undefined) {
      this.#onUnsendable(problem);
      return;
    }
    await this.#keepPace();
    if (this.#isOver) {
      this.#onOver();
      return;
    }
    await this.#client.say(bytes);
    this.#patience.onLineSent();
    if (await this.#patience.waitFor(this.#client.attachmentsSettled())) return;
    for (const file of this.#client.forgetAttachments()) {
      this.#unsentLines += 1;
      this.#screen.problem(`The server did not ask for ${file}`);
    }
  }

  /** Servers refuse what comes too fast for too long, and a pipe is always too fast. */
  async #keepPace(): Promise<void> {
    const delayMs = this.#pace.delayMs();
    if (delayMs > 0) await Promise.race([this.#client.closed, elapsed(this.#clock, delayMs)]);
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

/** Does not keep the program alive by itself; the connection does. */
function elapsed(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

const tooLongProblem = `it has more than ${wireLimits.textBytes} bytes`;
