import type { Screen } from '../screen.ts';

/** The menu's input and output: asks one question at a time, and shows on the screen what happens meanwhile. */
export interface Dialogue {
  readonly screen: Screen;
  /** Whether a person answers, who can correct an invalid answer. A script cannot. */
  readonly isWithPerson: boolean;
  /**
   * Asks a question. Resolves with the answer without its line end; with undefined when the user leaves or the input
   * ends. One question at a time. A line that is not UTF-8 or too long is reported, and counts as empty.
   */
  ask(question: string, echo?: 'shown' | 'hidden'): Promise<string | undefined>;
  /** Discards lines typed ahead of the questions, after an invalid answer: a password may be among them. */
  forgetTypedAhead(): void;
  /** Stops asking and restores the terminal. Idempotent. */
  close(): void;
}
