import type { ChatAttachment, ChatMessage } from '../client/client.ts';
import { wireLimits } from '../protocol/limits.ts';
import { isTextTooLong } from '../protocol/text.ts';
import { humanSize } from './sizes.ts';

/**
 * Formats a message for a pipe or a file: `@bob: hello`, `@bob (private): hello`, `@bob attached x (1 byte)`. The client's
 * own words come before the colon, or in a line without one after the name, so that no text can imitate them.
 */
export function chatLineOf(entry: ChatMessage | ChatAttachment): string {
  const { from, to, isOwn } = entry;
  const toOne = isOwn ? ` (private to ${to})` : ' (private)';
  return `@${from}${to === undefined ? '' : toOne}${contentOf(entry)}`;
}

/** As `chatLineOf`, after the date and time of the message in this machine's time zone. */
export function historyLineOf(entry: ChatMessage | ChatAttachment): string {
  return `${minuteOf(new Date(entry.timeMs))}  ${chatLineOf(entry)}`;
}

/** Formats a duration: `3 seconds`, `1 minute`, `60 minutes`. */
export function durationOf(seconds: number): string {
  if (seconds < 90) return counted(Math.max(1, Math.ceil(seconds)), 'second');
  return counted(Math.ceil(seconds / 60), 'minute');
}

/** Turns an error message of the client library into a sentence. An address at its start stays as it is. */
export function sentenceOf(problem: string): string {
  if (/^[a-z+]+:\/\//.test(problem)) return `${problem}.`;
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
}

/** Whether `text` is empty or only white space. */
export function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** Returns the reason, for people, why `text` is too long for a message; undefined when it is not. */
export function textProblem(text: string, what = 'it'): string | undefined {
  if (!isTextTooLong(text)) return undefined;
  return `${what} has more than ${wireLimits.textCharacters.toLocaleString('en')} characters`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function contentOf(entry: ChatMessage | ChatAttachment): string {
  if (entry.kind === 'message') return `: ${entry.text}`;
  return ` attached ${entry.name} (${humanSize(entry.bytes)})`;
}

function minuteOf(time: Date): string {
  const [month, day, hours, minutes] = [
    time.getMonth() + 1,
    time.getDate(),
    time.getHours(),
    time.getMinutes(),
  ].map((value) => String(value).padStart(2, '0'));
  return `${time.getFullYear()}-${month}-${day} ${hours}:${minutes}`;
}
