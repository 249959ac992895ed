import { PromptScreen } from '../prompt-screen.ts';
import type { Dialogue } from './dialogue.ts';

/** A dialogue at a prompt. Ctrl-C, Ctrl-D and the end of the terminal abort `leaving`. */
export class PromptDialogue implements Dialogue {
  readonly isWithPerson = true;
  readonly screen = new PromptScreen(process.stdin, process.stdout, process.env);
  readonly #leaving: AbortController;
  /** Lines entered before a question asked for them. */
  readonly #typedAhead: string[] = [];
  #answer: ((line: string | undefined) => void) | undefined;

  constructor(leaving: AbortController) {
    this.#leaving = leaving;
    leaving.signal.addEventListener('abort', () => this.#answer?.(undefined));
    this.#hideTyping();
    this.screen.open({ onLine: (text) => this.#onLine(text), onLeave: () => leaving.abort() });
  }

  ask(question: string, echo: 'shown' | 'hidden' = 'shown'): Promise<string | undefined> {
    if (this.#leaving.signal.aborted) return Promise.resolve(undefined);
    const line = this.#typedAhead.shift();
    if (line !== undefined) {
      this.screen.show(echo === 'hidden' ? question : question + line);
      return Promise.resolve(line);
    }
    this.screen.prompt(question, echo);
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  forgetTypedAhead(): void {
    this.#typedAhead.length = 0;
  }

  close(): void {
    this.screen.close();
  }

  #onLine(text: string): void {
    const answer = this.#answer;
    if (answer === undefined) {
      this.#typedAhead.push(text);
      return;
    }
    this.#answer = undefined;
    this.#hideTyping();
    answer(text);
  }

  /** Hides what is typed before the next question, which may ask for a password. */
  #hideTyping(): void {
    this.screen.prompt('', 'hidden');
  }
}
