import type { CommandTable } from '../../../protocol/commands/typed.ts';
import type { Complete, Completions } from '../../editor/completion.ts';
import { pathCandidates } from '../files/paths.ts';
import { settingWords } from '../session/settings.ts';
import type { Known } from './people.ts';

export { quotedPath } from '../files/paths.ts';

/**
 * Completes what a user of `join` types: commands, also behind `!help`; the names of people behind `@`, `!msg` and
 * `!send`; what the user follows behind `!unfollow`, `!mute` and within texts; the path of `!attach` and `!send`;
 * settings; `revoke` behind `!devices`.
 */
export function completionOf(commands: CommandTable<unknown>, known: Known): Complete {
  return async (text, cursor): Promise<Completions | undefined> => {
    const before = text.slice(0, cursor);
    const verb = /^\s*(!\S*)$/u.exec(before)?.[1];
    if (verb !== undefined && !verb.startsWith('!!')) return found(before, verb, verbs(commands), '');
    const [, command = '', rest = ''] = /^\s*(![^\s!]\S*)\s+(.*)$/su.exec(before) ?? [];
    const [, path = rest] = command === '!send' ? (/^\S+\s+(.*)$/su.exec(rest) ?? []) : [];
    const file = /^(?:"[^"]*|[^\s"]\S*|)$/u.exec(path)?.[0];
    const word = /(?<!\S)\S*$/u.exec(before)?.[0] ?? '';
    const isFirst = word === rest;
    const hasPath = command === '!attach' || (command === '!send' && path !== rest);
    if (hasPath && file !== undefined) {
      return { from: cursor - file.length, candidates: await pathCandidates(file) };
    }
    if ((command === '!msg' || command === '!send') && isFirst) {
      return found(before, word, await known.people()) ?? mentioned(before, known);
    }
    if (command === '!help' && isFirst) return found(before, word, helpWords(commands, word), '');
    if (command === '!set')
      return found(before, word, settingWords(isFirst ? '' : (rest.split(/\s/u)[0] ?? '')));
    if (command === '!devices' && isFirst) return found(before, word, ['revoke']);
    const takesOne = ['!unfollow', '!mute', '!unmute'].includes(command);
    // A phrase is completed from its quotation mark on.
    if (takesOne && rest.startsWith('"')) return followed(before, rest, known);
    const isTerm = (takesOne && isFirst) || command === '!attach';
    if (isTerm) return (await followed(before, word, known)) ?? mentioned(before, known);
    if (command !== '' && command !== '!msg' && command !== '!follow') return undefined;
    return (await mentioned(before, known)) ?? withinText(before, known, command);
  };
}

function verbs(commands: CommandTable<unknown>): string[] {
  return Object.entries(commands).map(([verb, { most }]) => (most > 0 ? `${verb} ` : verb));
}

/** The commands as `!help` takes them: with `!` if that was typed. */
function helpWords(commands: CommandTable<unknown>, typed: string): string[] {
  return Object.keys(commands).map((verb) => (typed.startsWith('!') ? verb : verb.slice(1)));
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
