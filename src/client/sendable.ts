import { text as textBody } from '../protocol/chat11/bodies.ts';
import { Malformed } from '../protocol/chat11/parcel.ts';
import { isUserName } from '../protocol/names.ts';
import { encodeUtf8, quoteShort } from '../protocol/text.ts';
import { LostError, RefusedError } from './errors.ts';

/** So many texts may wait to be sent. */
const maxWaiting = 1_000;

/** Throws `RefusedError` for what no server takes as a text, in the server's words. */
export function checkText(text: string): void {
  const problem = textBody.parse(encodeUtf8(text));
  if (problem instanceof Malformed) throw new RefusedError(problem.code, problem.text);
}

/** Which names there are, behind "a name" or "it". */
export const nameRule =
  'has 1 to 20 characters A-Z a-z 0-9 _ . -, a letter or digit at both ends, and is not "all"';

/** Why nobody can be called `name`; undefined when somebody can. */
export function nameProblem(name: string): string | undefined {
  return isUserName(name) ? undefined : `${quoteShort(name)} is no user name: it ${nameRule}`;
}

/** Throws `RefusedError` for what is no name, before it gets on the wire, where it might be taken for something else. */
export function checkName(name: string): void {
  if (!isUserName(name)) throw new RefusedError(422, 'That is no user name');
}

/** Throws `LostError` where one text more than `waiting` is too many. */
export function checkWaiting(waiting: number): void {
  if (waiting < maxWaiting) return;
  throw new LostError('too-many', `${maxWaiting} lines wait to be sent already; this one was not taken`);
}
