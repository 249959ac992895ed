import type { Attention } from './attention.ts';
import type { Colours } from './colours.ts';
import { type Line, plainTextOf, type Span } from './line.ts';
import { visible } from './text.ts';
import { wrapped } from './wrapping.ts';

/** Shows lines. Untrusted text reaches the terminal only through a screen, which escapes control characters. */
export interface Screen {
  /** Whether it is a terminal, where people read, and not a pipe or a file, where programs do. */
  readonly isTerminal: boolean;
  /** A line of chat, or an answer of the server. Over CHAT/1.0 both are texts. */
  show(line: Line | string): void;
  /** A message of the program itself. */
  notice(text: string): void;
  /** An error. */
  problem(text: string): void;
  /** Shows a status until the next call with the same `about`; an empty text removes it. */
  status(text: string, about?: 'connection' | 'file'): void;
  /**
   * Shows these rows between what was printed and the prompt until the next call. Undefined where nobody would see that
   * they change: in a pipe.
   */
  pending?(rows: readonly string[]): void;
  /** Calls the user to the terminal. */
  attention?(what: Attention): void;
  /** Whether the terminal's window has the focus; undefined when nobody knows. */
  readonly isFocused?: boolean | undefined;
  /** Flushes what is not shown yet and restores the terminal. Idempotent. */
  close(): void;
}

/** How a screen shows lines. */
export interface Look {
  readonly colours: Colours;
  /** The width of the terminal; undefined where lines are not broken: through pipes, and where it is not known. */
  readonly columns?: number | undefined;
}

const sender = /^@[A-Za-z0-9_.-]{1,20}:/;
/** The beginning of every refusal of a command by asn3's servers. */
const refusal = /^Error: /;

/** Whether a line of chat is a server's refusal; what people say begins with their name. */
export function isRefusal(line: string): boolean {
  return refusal.test(line);
}

/** Returns a line as it is printed, its rows separated by `\r\n`. All that is shown goes through here and is escaped. */
export function rendered(line: Line | string, { colours, columns }: Look): string {
  const spans = (typeof line === 'string' ? parsed(line) : line).map((span) => ({
    ...span,
    text: visible(span.text),
  }));
  if (columns === undefined || columns < 2) return painted(spans, colours);
  const rows = wrapped(spans, columns, indentOf(spans));
  return rows.map((row) => withinRow(row, painted(row, colours))).join('\r\n');
}

export function noticeLine(text: string): Line {
  return [{ text, style: 'notice' }];
}

export function problemLine(text: string): Line {
  return [{ text, style: 'problem' }];
}

/** Finds in a line of CHAT/1.0 what gets a colour: the sender, or a whole refusal. */
function parsed(line: string): Line {
  if (refusal.test(line)) return problemLine(line);
  const name = sender.exec(line)?.[0] ?? '';
  return name === '' ? [{ text: line }] : [{ text: name, style: 'name' }, { text: line.slice(name.length) }];
}

/** Rows after the first begin below what follows the time, or else a little indented. */
function indentOf([first]: readonly Span[]): number {
  return first?.style === 'time' ? first.text.length : 2;
}

function painted(line: Line, colours: Colours): string {
  return line.map((span) => colours.paint(span)).join('');
}

/**
 * Terminals differ in how wide they show some characters. When a row gets too long in one of them, the terminal must
 * not wrap it: the end of a text would get to the first column, where only the program writes.
 */
function withinRow(row: Line, text: string): string {
  return /^[\x20-\x7e]*$/.test(plainTextOf(row)) ? text : `\x1b[?7l${text}\x1b[?7h`;
}
