import type { CommandTable } from '../../protocol/commands/typed.ts';
import type { Complete, Completions } from '../editor/completion.ts';
import { pathCandidates } from './paths.ts';
import type { Known } from './people.ts';

export { quotedPath } from './paths.ts';

/**
 * Completes what a user of `join` types: commands, the names of people behind `@` and `!msg`, what the user follows
 * behind `!unfollow` and within texts, and the path of `!attach`.
 */
export function completionOf(commands: CommandTable<unknown>, known: Known): Complete {
  return async (text, cursor): Promise<Completions | undefined> => {
    const before = text.slice(0, cursor);
    const verb = /^\s*(!\S*)$/u.exec(before)?.[1];
    if (verb !== undefined && !verb.startsWith('!!')) return found(before, verb, verbs(commands), '');
    const [, command = '', rest = ''] = /^\s*(![^\s!]\S*)\s+(.*)$/su.exec(before) ?? [];
    const file = /^(?:"[^"]*|[^\s"]\S*|)$/u.exec(rest)?.[0];
    if (command === '!attach' && file !== undefined) {
      return { from: cursor - file.length, candidates: await pathCandidates(file) };
    }
    const word = /(?<!\S)\S*$/u.exec(before)?.[0] ?? '';
    if (command === '!msg' && word === rest) {
      return found(before, word, await known.people()) ?? mentioned(before, known);
    }
    const isTerm = (command === '!unfollow' && word === rest) || command === '!attach';
    if (isTerm) return (await followed(before, word, known)) ?? mentioned(before, known);
    if (command !== '' && command !== '!msg' && command !== '!follow') return undefined;
    return (await mentioned(before, known)) ?? withinText(before, known, command);
  };
}

function verbs(commands: CommandTable<unknown>): string[] {
  return Object.entries(commands).map(([verb, { most }]) => (most > 0 ? `${verb} ` : verb));
}

/** `@na` anywhere, unless a letter stands before it as in an address. */
async function mentioned(before: string, known: Known): Promise<Completions | undefined> {
  const typed = /(?<![\p{L}\p{N}])@[A-Za-z0-9_.-]*$/u.exec(before)?.[0];
  if (typed === undefined) return undefined;
  return found(
    before,
    typed,
    [...(await known.people()), 'all'].map((name) => `@${name}`),
  );
}

/** A followed word in a text, from its second letter on. */
async function withinText(before: string, known: Known, command: string): Promise<Completions | undefined> {
  const typed = /(?<!\S)[^\s\p{L}\p{N}]*([\p{L}\p{N}]\S+)$/u.exec(before)?.[1];
  return typed === undefined || command === '!follow' ? undefined : followed(before, typed, known);
}

async function followed(before: string, typed: string, known: Known): Promise<Completions | undefined> {
  return found(before, typed, await known.followed());
}

/** The candidates that begin with `typed`, the end of `before`, in any case of letters; undefined when there are none. */
function found(
  before: string,
  typed: string,
  candidates: readonly string[],
  end = ' ',
): Completions | undefined {
  const folded = typed.toLowerCase();
  const fitting = candidates.filter((one) => one.toLowerCase().startsWith(folded)).map((one) => one + end);
  return fitting.length === 0 ? undefined : { from: before.length - typed.length, candidates: fitting };
}
