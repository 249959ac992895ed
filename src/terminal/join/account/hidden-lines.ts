import type { PromptScreen } from '../../prompt-screen.ts';

export type AskHidden = (question: string) => Promise<string | undefined>;

/**
 * Takes over the typed lines while the program asks for passwords. From the call of `ask` until it resolves every line
 * is an answer, however fast it comes: none is shown, and none gets into the chat.
 */
export class HiddenLines {
  readonly #screen: PromptScreen;
  readonly #typedAhead: string[] = [];
  #onAnswer: ((answer: string | undefined) => void) | undefined;
  #isAsking = false;
  #isOver = false;

  constructor(screen: PromptScreen) {
    this.#screen = screen;
  }

  /** Runs `talk`, whose questions resolve with undefined when the user leaves. */
  async ask<T>(talk: (ask: AskHidden) => Promise<T>): Promise<T> {
    this.#isAsking = true;
    try {
      return await talk((question) => this.#ask(question));
    } finally {
      this.#isAsking = false;
      this.#screen.prompt('> ');
      if (this.#typedAhead.splice(0).length > 0) {
        this.#screen.problem('What you typed after the password was not sent.');
      }
    }
  }

  /** Takes a typed line. Returns false when nothing is being asked. */
  take(text: string): boolean {
    if (!this.#isAsking) return false;
    const answer = this.#onAnswer;
    this.#onAnswer = undefined;
    if (answer === undefined) this.#typedAhead.push(text);
    else answer(text);
    return true;
  }

  /** Answers all questions with undefined from now on. */
  end(): void {
    this.#isOver = true;
    this.#onAnswer?.(undefined);
  }

  #ask(question: string): Promise<string | undefined> {
    this.#screen.prompt(question, 'hidden');
    const line = this.#typedAhead.shift();
    if (line !== undefined || this.#isOver) return Promise.resolve(line);
    return new Promise((resolve) => {
      this.#onAnswer = resolve;
    });
  }
}
