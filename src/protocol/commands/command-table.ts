import { baseName, fileNameProblem } from '../file-names.ts';
import { wireLimits } from '../limits.ts';
import { isUserName } from '../names.ts';
import { termProblem } from '../terms.ts';
import { quoteShort, quoteTerm } from '../text.ts';
import { parseNumberWithin, parseWholeNumber } from '../whole-numbers.ts';
import { type AttachWords, parseAttachWords } from './attach-words.ts';
import {
  type Arguments,
  type CommandForm,
  type CommandLimits,
  type CommandTable,
  type Invalid,
  invalid,
  type JoinCommand,
  type ServerCommand,
  textProblem,
} from './typed.ts';

/** Every answer about a file repeats the path as it was typed, so its length is limited (PATH_MAX on Linux). */
const pathCharacters = 4096;

const help = bare('this list', { kind: 'help' });
const minuteMs = 60_000;
const unitsMs: Readonly<Record<string, number>> = {
  m: minuteMs,
  h: 60 * minuteMs,
  d: 24 * 60 * minuteMs,
};
const exit = bare('leave', { kind: 'exit' });

const everywhere = {
  '!list': bare('who is online', { kind: 'list' }),
  '!follow?': bare('what you follow', { kind: 'follows' }),
  '!follow': {
    ...oneTerm('get messages with this word, or by @NAME', 'follow'),
    example: '!follow apple (or @bob, or "apple pie": these words side by side)',
  },
  '!unfollow': { ...oneTerm('stop following', 'unfollow'), example: '!unfollow @bob' },
  '!msg': {
    words: 'NAME TEXT',
    help: 'a message for one person only',
    example: '!msg bob Lunch at noon?',
    least: 2,
    most: Infinity,
    read: readMessage,
  },
  '!attach': {
    words: 'FILE TERM...',
    help: 'send a file to the followers of a term, and yours',
    example: '!attach "the menu.txt" apple @bob',
    least: 2,
    most: Infinity,
    read: readAttach,
  },
  '!history': {
    words: '[N]',
    help: 'the last N lines to and from you',
    example: '!history 50',
    least: 0,
    most: 1,
    read: readHistory,
  },
} as const satisfies CommandTable<ServerCommand>;

export const serverCommands: CommandTable<ServerCommand> = { ...everywhere, '!help': help, '!exit': exit };

/** The word that continues `!history` and `!search`. */
const more = 'more';
const searchTerms = 8;

export const joinCommands: CommandTable<JoinCommand> = {
  '!list': everywhere['!list'],
  '!follow?': everywhere['!follow?'],
  '!follow': everywhere['!follow'],
  '!unfollow': everywhere['!unfollow'],
  '!why': bare('what brought you the last line', { kind: 'why' }),
  '!mute': {
    words: '[TERM [TIME]]',
    help: 'hide what @NAME says or a term brings, or list mutes',
    example: '!mute @bob 2h (30m, 7d, or without a time until you leave)',
    least: 0,
    most: 2,
    takesTerms: true,
    read: readMute,
  },
  '!unmute': { ...oneTerm('show it again', 'unmute'), example: '!unmute @bob' },
  '!msg': { ...everywhere['!msg'], read: (typed) => readMessage(withoutAt(typed)) },
  '!reached': bare('how many people your last lines reached', { kind: 'reached' }),
  '!history': {
    ...everywhere['!history'],
    words: '[N|more]',
    help: 'the last N lines to and from you, or those before',
    read: (typed) => (typed.rest === more ? { kind: 'older-history' } : readHistory(typed)),
  },
  '!search': {
    words: 'WORD...|more',
    help: 'the last lines with these words, or those before',
    example: '!search apple pie (or "apple pie", side by side)',
    least: 1,
    most: searchTerms,
    takesTerms: true,
    read: readSearch,
  },
  '!attach': everywhere['!attach'],
  '!send': {
    words: 'NAME FILE',
    help: 'send a file to one person only',
    example: '!send bob ~/menu.txt',
    least: 2,
    most: Infinity,
    read: (typed) => readSend(withoutAt(typed)),
  },
  '!files': bare('offered and received files, and their numbers', { kind: 'files' }),
  '!fetch': {
    words: '[N [as PATH]]',
    help: 'save a file (again), or list all that are offered',
    example: '!fetch 1 as ~/menu.txt',
    least: 0,
    most: Infinity,
    read: ({ rest }) => ({ kind: 'fetch', file: rest === '' ? undefined : rest }),
  },
  '!cancel': {
    words: '[N]',
    help: 'stop sending or saving a file',
    least: 0,
    most: Infinity,
    read: ({ rest }) => ({ kind: 'cancel', file: rest === '' ? undefined : rest }),
  },
  '!password': bare('make your name an account, or change its password', { kind: 'password' }),
  '!devices': {
    words: '[revoke N]',
    help: 'where your account is logged in, or end a login',
    example: '!devices revoke 12',
    least: 0,
    most: 2,
    read: readDevices,
  },
  '!stats': bare('round trip, loss and rate of a UDP connection', { kind: 'stats' }),
  '!set': {
    words: '[NAME VALUE]',
    help: 'change bell, title, notify or times, or list them',
    example: '!set bell off',
    least: 0,
    most: 2,
    read: readSet,
  },
  '!help': {
    words: '[COMMAND]',
    help: 'this list, or more about a command',
    example: '!help follow',
    least: 0,
    most: 1,
    read: ({ rest }) => (rest === '' ? { kind: 'help' } : { kind: 'explain', command: rest }),
  },
  '!exit': exit,
};

/** A command without arguments. */
function bare<const Command>(help: string, command: Command): CommandForm<Command> {
  return { words: '', help, least: 0, most: 0, read: () => command };
}

function oneTerm<const Kind extends string>(
  help: string,
  kind: Kind,
): CommandForm<{ readonly kind: Kind; readonly term: string }> {
  return {
    words: 'TERM',
    help,
    least: 1,
    most: 1,
    takesTerms: true,
    read({ words: [term = ''] }) {
      const problem = termProblem(term);
      return problem === undefined ? { kind, term } : invalid(problem);
    },
  };
}

function readMessage({ words: [to = ''], rest }: Arguments): ServerCommand | Invalid {
  if (!isUserName(to)) return invalid(`${quoteShort(to)} is not a name`);
  const text = rest.slice(to.length).trimStart();
  const problem = textProblem(text);
  return problem === undefined ? { kind: 'msg', to, text } : invalid(problem);
}

/** People write names as in texts: `@bob` where a command takes `bob`. */
function withoutAt({ words, rest }: Arguments): Arguments {
  const [to = '', ...others] = words;
  return isUserName(to.slice(1)) && to.startsWith('@')
    ? { words: [to.slice(1), ...others], rest: rest.slice(1) }
    : { words, rest };
}

function readSend({ words: [to = ''], rest }: Arguments): JoinCommand | Invalid {
  if (!isUserName(to)) return invalid(`${quoteShort(to)} is not a name`);
  return { kind: 'send', to, file: rest.slice(to.length).trimStart() };
}

function readAttach({ rest }: Arguments, limits: CommandLimits): ServerCommand | Invalid {
  return checkedAttach(parseAttachWords(rest, limits.followTerms + 1), limits);
}

/** Validates the words of `!attach`. */
export function checkedAttach(
  { path, terms }: AttachWords,
  { followTerms }: CommandLimits,
): ServerCommand | Invalid {
  if (path.length > pathCharacters) {
    return invalid(`The path of a file has at most ${pathCharacters} characters`);
  }
  const nameIs = fileNameProblem(baseName(path));
  if (nameIs !== undefined) return invalid(nameIs);
  if (terms.length === 0) return invalid('Name at least one term to send the file to: !attach FILE TERM...');
  if (terms.length > followTerms) return invalid(`A file goes to at most ${followTerms} terms`);
  for (const term of terms) {
    const termIs = termProblem(term);
    if (termIs !== undefined) return invalid(`${quoteTerm(term)}: ${termIs}`);
  }
  return { kind: 'attach', path, terms };
}

function readSearch({ words, rest }: Arguments): JoinCommand | Invalid {
  if (rest === more) return { kind: 'older-search' };
  for (const term of words) {
    const problem = termProblem(term);
    if (problem !== undefined) return invalid(`${quoteTerm(term)}: ${problem}`);
  }
  return { kind: 'search', terms: words };
}

function readHistory({ words: [lines] }: Arguments): ServerCommand | Invalid {
  if (lines === undefined) return { kind: 'history', count: undefined };
  const count = parseNumberWithin(lines, 1, wireLimits.historyLines);
  if (count !== undefined) return { kind: 'history', count };
  return invalid(`!history takes a number from 1 to ${wireLimits.historyLines}`);
}

function readMute({ words: [term, time] }: Arguments): JoinCommand | Invalid {
  if (term === undefined) return { kind: 'mutes' };
  const problem = termProblem(term);
  if (problem !== undefined) return invalid(problem);
  if (time === undefined || time === 'forever') return { kind: 'mute', term, forMs: Infinity };
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,3})([mhd])$/.exec(time) ?? [];
  const unitMs = unitsMs[unit];
  if (unitMs === undefined) return invalid('A time is a number and m, h or d, such as 30m or 2h, or forever');
  return { kind: 'mute', term, forMs: Number(digits) * unitMs };
}

function readDevices({ words: [revoke, written = ''] }: Arguments): JoinCommand | Invalid {
  if (revoke === undefined) return { kind: 'devices' };
  const device = revoke === 'revoke' ? parseWholeNumber(written) : undefined;
  if (device === undefined)
    return invalid('It is !devices, or !devices revoke N with a number from that list');
  return { kind: 'revoke', device };
}

function readSet({ words: [setting, value = ''] }: Arguments): JoinCommand | Invalid {
  if (setting === undefined) return { kind: 'settings' };
  return { kind: 'set', setting: setting.toLowerCase(), value: value.toLowerCase() };
}
