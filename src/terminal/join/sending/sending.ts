import type { Sent } from '../../../client/client.ts';
import { LostError, RefusedError } from '../../../client/errors.ts';
import { quoteShort } from '../../../protocol/text.ts';
import type { Clock } from '../../../scheduling/clock.ts';
import type { Screen } from '../../screen.ts';
import type { Timeline } from '../../timeline.ts';
import { LogOrder } from './log-order.ts';
import type { Reached } from './reached.ts';
import { Unconfirmed } from './unconfirmed.ts';

export interface SendingOptions {
  readonly screen: Screen;
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly reached: Reached;
}

const reachedNobody = 'reached nobody online';
/** Said once: who is alone sees the first words below every line. */
const whoGetsIt = ' (accounts that follow you or a word of it get it later)';

/**
 * The texts that the user sends. At a prompt each is a pending row until the server has confirmed it, and is then shown
 * in its place among the messages of others; a script's texts are not shown.
 */
export class Sending {
  readonly #screen: Screen;
  readonly #timeline: Timeline;
  readonly #reached: Reached;
  readonly #unconfirmed: Unconfirmed;
  readonly #order: LogOrder;
  readonly #isShown: boolean;
  #isNobodyExplained = false;
  #unsent = 0;
  #hasFailed = false;

  constructor({ screen, timeline, clock, reached }: SendingOptions) {
    this.#screen = screen;
    this.#timeline = timeline;
    this.#reached = reached;
    this.#isShown = screen.pending !== undefined;
    this.#unconfirmed = new Unconfirmed(clock, (rows) => screen.pending?.(rows));
    this.#order = new LogOrder(() => this.#isShown && this.#unconfirmed.count > 0);
  }

  /** How many lines the server has not confirmed. */
  get waiting(): number {
    return this.#unconfirmed.count;
  }

  /** How many texts the server did not get before the end. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Whether a text was not sent. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** The connection broke, or is back. */
  set isOnline(isOnline: boolean) {
    this.#unconfirmed.isOnline = isOnline;
  }

  /** Calls `show` at the place that `position` has among the user's own texts. */
  inOrder(position: number | undefined, show: () => void): void {
    this.#order.add(position, show);
  }

  /**
   * Sends by `post`. `typed` is the line to show: a text as it is sent, `!msg` as it was typed. `answerOf` makes the line
   * below it of the receipt; by default it says only that nobody was reached. `answerTo` returns the answer to a refusal,
   * if it is known.
   */
  async send(
    typed: string,
    post: () => Promise<Sent>,
    answerOf?: (sent: Sent) => string,
    answerTo: (refusal: RefusedError) => string | undefined = () => undefined,
  ): Promise<boolean> {
    const line = this.#unconfirmed.add(typed);
    try {
      const sent = await post();
      this.#reached.note(typed, sent, line.isUnsure);
      this.#order.add(sent.position, () => {
        this.#unconfirmed.remove(line);
        this.#showTyped(typed);
        if (answerOf !== undefined) this.#screen.show(answerOf(sent).trimEnd());
        else if (this.#isShown && sent.reached === 0 && !line.isUnsure) this.#tellNobody();
      });
      return true;
    } catch (error) {
      this.#unconfirmed.remove(line);
      const answer = error instanceof RefusedError ? answerTo(error) : undefined;
      if (answer === undefined) {
        this.#onNotSent(typed, error);
        return false;
      }
      this.#showTyped(typed);
      this.#screen.show(answer.trimEnd());
      return false;
    }
  }

  #tellNobody(): void {
    this.#screen.notice(this.#isNobodyExplained ? reachedNobody : `${reachedNobody}${whoGetsIt}`);
    this.#isNobodyExplained = true;
  }

  #showTyped(typed: string): void {
    if (this.#isShown) this.#timeline.showOwn(typed);
  }

  #onNotSent(what: string, error: unknown): void {
    this.#hasFailed = true;
    if (error instanceof RefusedError) {
      this.#showTyped(what);
      this.#screen.problem(`${quoteShort(what)} was not sent: ${error.reason}`);
      return;
    }
    if (!(error instanceof LostError)) throw error;
    if (error.reason === 'closed') {
      // The final report counts these lines.
      this.#unsent += 1;
      if (this.#isShown) this.#screen.problem(`Not sent: ${what}`);
    } else this.#screen.problem(`${quoteShort(what)}: ${error.message}`);
  }
}
