import { quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';

/** How long a server may take to answer `!follow`. One that knows no such command sends it to everybody, and no answer. */
const answerMs = 2_000;

export interface FollowsOptions {
  readonly terms: readonly string[];
  readonly clock: Clock;
  say(line: string): Promise<void>;
  onProblem(problem: string): void;
}

/**
 * Follows the first terms by `!follow`, one at a time: some servers take what comes in one read for one message. Stops
 * at the first one that is not answered.
 */
export class FirstFollows {
  readonly #options: FollowsOptions;
  #isClosed = false;
  #awaited: { readonly term: string; readonly resolve: (isAnswered: boolean) => void } | undefined;

  constructor(options: FollowsOptions) {
    this.#options = options;
  }

  /** Resolves when all terms are followed, or no more are tried. Never rejects. */
  async run(): Promise<void> {
    const { terms, clock, say, onProblem } = this.#options;
    for (const term of terms) {
      const answered = new Promise<boolean>((resolve) => {
        this.#awaited = { term, resolve };
      });
      await say(`!follow ${term}`);
      const late = clock.after(answerMs, () => this.#giveUp());
      const isAnswered = await answered;
      late.cancel();
      if (this.#isClosed) return;
      if (!isAnswered) {
        onProblem(`The server does not answer !follow ${quoteShort(term)}; it may not know that command.`);
        return;
      }
    }
  }

  /** The connection ended. */
  close(): void {
    this.#isClosed = true;
    this.#giveUp();
  }

  #giveUp(): void {
    this.#awaited?.resolve(false);
    this.#awaited = undefined;
  }

  /** Looks at a line of the server. Returns whether it only answers that a term is followed, so nobody need see it. */
  take(line: string): boolean {
    const awaited = this.#awaited;
    if (awaited === undefined) return false;
    const isDone = line === `Now following ${awaited.term}` || /^Error:\s+Was already following /.test(line);
    if (!isDone && !line.startsWith('Error:')) return false;
    this.#awaited = undefined;
    awaited.resolve(true);
    return isDone;
  }
}
