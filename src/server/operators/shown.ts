import { utcMinute } from '../../scheduling/utc-minute.ts';
import { CommandError } from './command.ts';

/** How results are shown to people. */

/** Other characters of names or causes must not control the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, '?');
}

/** A head and rows, each a line, in columns; numbers stand right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))));
  const isNumber = head.map((_, at) => rows.length > 0 && rows.every((row) => typeof row[at] === 'number'));
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const lineOf = (row: readonly string[]): string => {
    const padded = row.map((cell, at) =>
      isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
    );
    return `${padded.join('  ').trimEnd()}\n`;
  };
  return [head, ...cells].map(lineOf).join('');
}

/** `1 file`, `2 files`. */
export function countOf(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}

/** `2026-11-20 10:14`, in UTC; `-` for none. */
export function minuteOf(ms: number | undefined): string {
  return ms === undefined ? '-' : utcMinute(ms);
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** `2h 5m`: the two largest units. */
export function spanOf(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1000));
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(seconds / length);
    seconds -= count * length;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0s';
}

const longestDays = 3650;

/** Reads `90s`, `30m`, `2h` or `7d`: milliseconds. Throws a `CommandError`. */
export function parseSpan(text: string, what: string): number {
  const [, digits, unit] = /^([1-9][0-9]{0,8})([smhd])$/.exec(text) ?? [];
  const [, length = 0] = units.find(([each]) => each === unit) ?? [];
  const seconds = Number(digits) * length;
  if (digits === undefined || seconds > longestDays * 86_400) {
    throw new CommandError(
      'usage',
      `${what}: it must look like 90s, 30m, 2h or 7d, and be at most ${longestDays}d`,
    );
  }
  return seconds * 1000;
}

/** `1.5 GiB`. */
export function bytesOf(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let at = 0;
  for (; value >= 1024 && at < names.length - 1; at++) value /= 1024;
  return `${at === 0 ? value : value.toFixed(1)} ${names[at]}`;
}
