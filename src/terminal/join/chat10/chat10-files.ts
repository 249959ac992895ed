import { parseAttachWords } from '../../../protocol/commands/attach-words.ts';
import { serverCommands } from '../../../protocol/commands/command-table.ts';
import { parseTyped } from '../../../protocol/commands/typed.ts';
import { expandHome } from '../files/downloads.ts';
import { type PathProblem, parseTypedPath } from '../files/typed-path.ts';

/** No server lets anybody follow more. */
const maxPeople = 10_000;

/**
 * The terms by which a file may be accepted over CHAT/1.0: the people whom the user follows, and `*`. A server does not
 * say which word brought a file, and anybody can send one to everybody or to this user, so words do not count.
 */
export class FollowedPeople {
  readonly #terms = new Set<string>();

  constructor(follow: readonly string[]) {
    for (const term of follow) this.#add(term);
  }

  /** Notes what a typed line follows or unfollows. */
  note(line: string): void {
    const typed = parseTyped(line, serverCommands, { followTerms: Infinity });
    if (typed.kind === 'follow') this.#add(typed.term);
    else if (typed.kind === 'unfollow') this.#terms.delete(typed.term);
  }

  /** Returns the terms that a file of `sender` matches. */
  matched(sender: string | undefined): string[] {
    return ['*', `@${sender}`].filter((term) => this.#terms.has(term));
  }

  #add(term: string): void {
    if ((term === '*' || term.startsWith('@')) && this.#terms.size < maxPeople) this.#terms.add(term);
  }
}

/**
 * Returns the line that a CHAT/1.0 server understands: an `!attach` with a path that a terminal pasted gets the path
 * that is meant, in double quotes if it holds white space. Any other line stays as it is.
 */
export function chat10Line(line: string): string | PathProblem {
  const [, rest] = /^\s*!attach\s+(.*)$/su.exec(line) ?? [];
  if (rest === undefined) return line;
  const typed = parseTypedPath(rest.trim());
  if ('problem' in typed) return typed;
  const path = expandHome(typed.path);
  if (path === parseAttachWords(rest.trim()).path) return line;
  if (!/\s/.test(path)) return `!attach ${path} ${typed.rest}`;
  if (path.includes('"')) {
    return { problem: 'this server takes no file whose name has both white space and a double quote' };
  }
  return `!attach "${path}" ${typed.rest}`;
}
