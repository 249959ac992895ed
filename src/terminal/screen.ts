import type { Colours } from './colours.ts';
import { visible } from './text.ts';

/** Shows lines. Untrusted text reaches the terminal only through a screen, which escapes control characters. */
export interface Screen {
  /** A line of chat or an answer of the server. */
  show(line: string): void;
  /** A message of the program itself. */
  notice(text: string): void;
  /** An error. */
  problem(text: string): void;
  /** Shows a status until the next call; an empty text removes it. */
  status(text: string): void;
  /** Flushes what is not shown yet and restores the terminal. Idempotent. */
  close(): void;
}

const sender = /^@[A-Za-z0-9_.-]{1,20}(?: \(private(?: to [A-Za-z0-9_.-]{1,20})?\))?(?::|(?= attached ))/;
/** The beginning of every refusal of a command by asn3's servers. */
const refusal = /^Error: /;

/** Returns a line of chat that is safe to print: the sender in a colour of their own, a refusal in that of problems. */
export function chatLine(line: string, colours: Colours): string {
  const safe = visible(line);
  if (refusal.test(safe)) return colours.problem(safe);
  return safe.replace(sender, (name) => colours.name(name));
}

export function noticeLine(text: string, colours: Colours): string {
  return colours.notice(visible(text));
}

export function problemLine(text: string, colours: Colours): string {
  return colours.problem(visible(text));
}
