import { readHiddenLine, readLine } from '../../hidden-line.ts';
import { PlainScreen } from '../plain-screen.ts';
import type { Dialogue } from './dialogue.ts';

/** A dialogue on a terminal that cannot move its cursor, or with the output redirected to a file. */
export class PlainDialogue implements Dialogue {
  readonly isWithPerson = true;
  readonly screen = new PlainScreen(process.stdout, process.stderr, process.env);
  readonly #leaving: AbortSignal;
  readonly #left: Promise<undefined>;

  constructor(leaving: AbortSignal) {
    this.#leaving = leaving;
    this.#left = new Promise((resolve) => {
      leaving.addEventListener('abort', () => resolve(undefined));
    });
  }

  ask(question: string, echo: 'shown' | 'hidden' = 'shown'): Promise<string | undefined> {
    if (this.#leaving.aborted) return this.#left;
    if (echo === 'hidden') return Promise.race([readHiddenLine(question), this.#left]);
    // Standard error, as for password questions.
    process.stderr.write(question);
    return Promise.race([readLine(), this.#left]);
  }

  forgetTypedAhead(): void {}

  close(): void {
    process.stdin.destroy();
  }
}
