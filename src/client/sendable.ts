import { text as textBody } from '../protocol/chat11/bodies.ts';
import { Malformed } from '../protocol/chat11/parcel.ts';
import { id as idValue } from '../protocol/chat11/values.ts';
import { isUserName } from '../protocol/names.ts';
import { encodeUtf8, quoteShort } from '../protocol/text.ts';
import { LostError, RefusedError } from './errors.ts';

/** The bound of the send queue. */
const maxWaiting = 1_000;

/** Throws `RefusedError`, in the server's words, when `text` is invalid. */
export function checkText(text: string): void {
  const problem = textBody.parse(encodeUtf8(text));
  if (problem instanceof Malformed) throw new RefusedError(problem.code, problem.text);
}

/** Throws `RefusedError` when `text`, or the id that somebody gave it, is invalid. */
export function checkPost(text: string, id: string | undefined): void {
  checkText(text);
  if (id !== undefined && idValue.parse(id) === undefined) throw new RefusedError(422, 'That is no id');
}

/** The rule for names; it follows "a name" or "it". */
export const nameRule =
  'has 1 to 20 characters A-Z a-z 0-9 _ . -, a letter or digit at both ends, and is not "all"';

/** The reason, for people, why `name` is not a valid name; undefined when it is. */
export function nameProblem(name: string): string | undefined {
  return isUserName(name) ? undefined : `${quoteShort(name)} is no user name: it ${nameRule}`;
}

/** Throws `RefusedError` when `name` is invalid: on the wire it could turn the request into another one. */
export function checkName(name: string): void {
  if (!isUserName(name)) throw new RefusedError(422, 'That is no user name');
}

/** Throws `LostError` when the queue, in which `waiting` texts are, is full. */
export function checkWaiting(waiting: number): void {
  if (waiting < maxWaiting) return;
  throw new LostError('too-many', `${maxWaiting} lines wait to be sent already; this one was not taken`);
}

/** Calls `cancel` when `signal` aborts before `sending` has settled. */
export function cancellable<T>(sending: Promise<T>, signal: AbortSignal, cancel: () => void): Promise<T> {
  signal.addEventListener('abort', cancel);
  return sending.finally(() => signal.removeEventListener('abort', cancel));
}
