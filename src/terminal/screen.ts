import type { Colours } from './colours.ts';
import { visible } from './text.ts';

/**
 * Where a face shows things, one line each. Whatever is in a line, strangers' control characters among it, is
 * made visible here: nothing else writes to the terminal.
 */
export interface Screen {
  /** A line of chat or an answer of the server. */
  show(line: string): void;
  /** Something that the program has to say. */
  notice(text: string): void;
  /** Something that went wrong. */
  problem(text: string): void;
  /** What goes on besides, shown until it is replaced or taken back with an empty text. */
  status(text: string): void;
  /** Shows what is still to be shown and gives the terminal back as it was. Idempotent. */
  close(): void;
}

const sender = /^@[A-Za-z0-9_.-]{1,20}(?: \(private(?: to [A-Za-z0-9_.-]{1,20})?\))?(?::|(?= attached ))/;
/** What asn3's servers begin every refusal of a command with. */
const refusal = /^Error: /;

/** A line of chat as it may be printed: the sender in a colour of their own, refusals as problems. */
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
