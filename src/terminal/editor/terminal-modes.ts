import type { ReadStream, WriteStream } from 'node:tty';
import { restoreTitle, saveTitle, titleSequence } from '../attention.ts';

export interface Modes {
  /** Marks pastes, so that they can be told from typing. */
  readonly bracketedPaste: boolean;
  /** Reports when the window gets and loses the focus. */
  readonly focus: boolean;
}

/**
 * The modes of a terminal while keys are read: all are as before after `leave`, at every exit of the process, and while
 * SIGTSTP has stopped it.
 */
export class TerminalModes {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  #modes: Modes | undefined;
  #hasTitle = false;
  #onResumed = (): void => {};

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  /** `onResumed`: the process was stopped and goes on, and others may have written to the terminal meanwhile. */
  enter(modes: Modes, onResumed: () => void): void {
    this.#modes = modes;
    this.#onResumed = onResumed;
    this.#input.setRawMode(true);
    this.#output.write(sequencesFor(modes, 'h'));
    process.on('exit', this.#atExit);
    process.on('SIGTSTP', this.#stop);
    process.on('SIGCONT', this.#again);
  }

  /** Sets the title of the window; an empty one restores the title from before. */
  title(text: string): void {
    if (this.#modes === undefined) return;
    const next = text === '' ? (this.#hasTitle ? restoreTitle : '') : titleSequence(text);
    this.#output.write((text !== '' && !this.#hasTitle ? saveTitle : '') + next);
    this.#hasTitle = text !== '';
  }

  /** Idempotent. */
  leave(): void {
    const modes = this.#modes;
    if (modes === undefined) return;
    this.#modes = undefined;
    process.off('exit', this.#atExit);
    process.off('SIGTSTP', this.#stop);
    process.off('SIGCONT', this.#again);
    this.#restore(modes);
  }

  #restore(modes: Modes): void {
    this.#output.write(sequencesFor(modes, 'l') + (this.#hasTitle ? restoreTitle : ''));
    this.#hasTitle = false;
    this.#rawModeOff();
  }

  #rawModeOff(): void {
    try {
      this.#input.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  }

  /** The process ends without `leave`, by an error perhaps. Node writes to a terminal synchronously. */
  readonly #atExit = (): void => {
    // What is printed next begins a row; the rest of the prompt would stand beside and below it.
    if (this.#modes !== undefined) this.#output.write('\r\n\x1b[J');
    this.leave();
  };

  /** Somebody stops the process. No key does: below `npx` only a part of what runs would stop. */
  readonly #stop = (): void => {
    if (this.#modes === undefined) return;
    this.#output.write('\r\n\x1b[J');
    this.#restore(this.#modes);
    process.kill(process.pid, 'SIGSTOP');
  };

  /** The process was stopped and goes on: a shell has set the terminal as it likes. */
  readonly #again = (): void => {
    const modes = this.#modes;
    if (modes === undefined) return;
    // Node sets no mode that it believes to be set.
    this.#rawModeOff();
    this.#input.setRawMode(true);
    // The cursor may be anywhere: begin a row.
    this.#output.write(`${sequencesFor(modes, 'h')}\r\n`);
    this.#onResumed();
  };
}

function sequencesFor({ bracketedPaste, focus }: Modes, end: 'h' | 'l'): string {
  return (bracketedPaste ? `\x1b[?2004${end}` : '') + (focus ? `\x1b[?1004${end}` : '');
}
