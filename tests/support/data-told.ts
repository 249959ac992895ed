import type { Entry } from '../../src/server/messages/entry.ts';

/**
 * What data-child.ts tells on standard output, in lines: `entry POSITION LABEL NUMBER` of what was there when it opened and
 * of what it has had committed, `opened LABEL EPOCH`, then of accounts `created NAME`, `token NAME TOKEN`,
 * `follows NAME TERM`, `ended NAME TERM`; `failed MESSAGE`, `closing`, `closed`. A label is a process, the numbers count what
 * it appended, and from these all else follows.
 */
export const logFile = 'earshot.db';
export const accountsFile = 'accounts.db';

/** As many as the server would have of a few users, so that groups are of different sizes. */
export const entriesInFlight = 4;

/** The text of the process's so-many-th entry: most of them short, some of ten pages. */
export function textOf(label: string, number: number): string {
  const words = number % 32 === 0 ? 7_000 : (number * 37) % 80;
  return `power ${label} ${number}${' apple'.repeat(words)}`;
}

/** `LABEL NUMBER` of an entry, or what else it is. */
export function labelAndNumber({ message }: Entry): string {
  const text = 'text' in message ? message.text : '';
  const [, label = '', number = ''] = text.split(' ', 3);
  return textOf(label, Number(number)) === text ? `${label} ${number}` : `damaged ${text.slice(0, 40)}`;
}
