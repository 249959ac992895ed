import type { Complete } from './editor/completion.ts';
import type { Lines } from './editor/lines-question.ts';

export interface PromptHandlers {
  /** The user entered a line. */
  onLine(text: string): void;
  /** The user pressed Enter on an empty line. Without it, and while typing is hidden, `onLine` gets that line. */
  onEmpty?(): void;
  /** The user pressed Escape or Ctrl-C. Returns whether something was cancelled; otherwise the key does what it does. */
  onCancel?(): boolean;
  /** The user leaves: by Ctrl-C or Ctrl-D on an empty line, or because the terminal closed. */
  onLeave(): void;
  /** The terminal closed. Without it `onLeave` is called. */
  onEnd?(): void;
}

export interface PromptOptions {
  /** Whether to ask the terminal when its window gets and loses the focus, for `PromptScreen.isFocused`. */
  readonly focus?: boolean;
  /** Whether an entered line does not stay on the screen, because the chat shows it when it has its place. */
  readonly takesLines?: boolean;
  /** Completes with Tab; without it, Tab is a character. */
  readonly complete?: Complete;
  /** Lines of earlier runs, the oldest first, and where to keep each further one. */
  readonly history?: LineHistory;
  /** Without it, several lines that are pasted are entered one by one, as if they were typed. */
  readonly severalLines?: SeveralLines;
}

export interface LineHistory {
  readonly lines: readonly string[];
  add(line: string): void;
}

/** What to do with several lines at once. */
export interface SeveralLines {
  /** Says what Enter would do, as in "Enter sends them as lines"; undefined when the lines cannot be sent as lines. */
  asLines(lines: Lines): string | undefined;
  send(lines: Lines): void;
  makeFile(lines: Lines): void;
}
