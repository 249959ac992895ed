import type { ChatAttachment, ChatMessage } from '../client/client.ts';
import { wireLimits } from '../protocol/limits.ts';
import { isLongerThan } from '../protocol/text.ts';

/**
 * What somebody said, in the form of `earshot join`: `@bob: hello`, `@bob (private): hello`, `@bob attached x (1 byte)`.
 * What the client knows stands in front of the colon, or has none: no text can look like it.
 */
export function chatLineOf(entry: ChatMessage | ChatAttachment): string {
  const { from, to, isOwn } = entry;
  const toOne = isOwn ? ` (private to ${to})` : ' (private)';
  return `@${from}${to === undefined ? '' : toOne}${contentOf(entry)}`;
}

/** The same with the day and the minute at which it was said, by this machine's clock. */
export function historyLineOf(entry: ChatMessage | ChatAttachment): string {
  return `${minuteOf(new Date(entry.timeMs))}  ${chatLineOf(entry)}`;
}

/** `seconds` as one says them: `3 seconds`, `1 minute`, `60 minutes`. */
export function durationOf(seconds: number): string {
  if (seconds < 90) return counted(Math.max(1, Math.ceil(seconds)), 'second');
  return counted(Math.ceil(seconds / 60), 'minute');
}

/** What the client library says in half a sentence, as a whole one. */
export function sentenceOf(problem: string): string {
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
}

/** Whether there is nothing in `text` to send. */
export function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** Why `text` is too long for a message, in words for its writer; undefined when it is not. */
export function textProblem(text: string, what = 'it'): string | undefined {
  if (!isLongerThan(text, wireLimits.textCharacters)) return undefined;
  return `${what} has more than ${wireLimits.textCharacters.toLocaleString('en')} characters`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function contentOf(entry: ChatMessage | ChatAttachment): string {
  if (entry.kind === 'message') return `: ${entry.text}`;
  return ` attached ${entry.name} (${counted(entry.bytes, 'byte')})`;
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
