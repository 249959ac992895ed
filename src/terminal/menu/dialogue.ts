import type { Screen } from '../screen.ts';

/** Where the menu talks with its user: one question after the other, and on the screen what happens meanwhile. */
export interface Dialogue {
  readonly screen: Screen;
  /** Whether somebody sits there who can give another answer when one was no good. A script cannot. */
  readonly isWithPerson: boolean;
  /**
   * Asks, and gives the line that was answered, without its line end; undefined when the user wants to go and when there
   * is no more input. One question at a time. A line that is no text is told, and given as an empty one.
   */
  ask(question: string, echo?: 'shown' | 'hidden'): Promise<string | undefined>;
  /** Forgets what was typed ahead, when the answer before it was no good: a password may be among it. */
  forgetTypedAhead(): void;
  /** Asks no more, and gives the terminal back. Idempotent. */
  close(): void;
}
