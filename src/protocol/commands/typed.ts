import { wireLimits } from '../limits.ts';
import { firstWords, isTextTooLong, quoteShort } from '../text.ts';
import { termWords } from './term-list.ts';

/**
 * The language that users type. The server parses it in the lines of CHAT/1.0 clients such as `nc`; `earshot join`
 * parses it at a prompt or from a pipe. A line is one of
 *
 *     hello @bob          a text, sent as it is
 *     !!important         a text that begins with `!`
 *     !follow apple       a command: `!`, its verb, and its arguments with white space between them
 *                         nothing, when it is blank
 *
 * A **table** (`command-table.ts`) has a row for each command: its words for `!help`, how many arguments it takes, and
 * a function that parses them. Every user has the commands of `serverCommands`; users of `join` have more.
 *
 * `parseTyped` parses a whole line. It counts the arguments and validates each by the rule that all protocols share
 * (`termProblem`, `isUserName`, `fileNameProblem`, `parseWholeNumber`). For invalid input it returns `invalid` with a
 * problem in words for the user. It never throws, takes time linear in the length of the line, and checks lengths and
 * counts before contents. Whether this user may run the command now is decided where it runs.
 *
 * CHAT/1.0 adds `@name:` in front of lines, and `DISCONNECT`: `chat10/request.ts` handles both.
 */

/** Commands that a server runs for clients that only send lines. */
export type ServerCommand =
  | { readonly kind: 'list' }
  | { readonly kind: 'follows' }
  | { readonly kind: 'follow'; readonly term: string }
  | { readonly kind: 'unfollow'; readonly term: string }
  | { readonly kind: 'msg'; readonly to: string; readonly text: string }
  /** `path` as it was typed, without quotes; its last part is a file name. At least one term. */
  | { readonly kind: 'attach'; readonly path: string; readonly terms: readonly string[] }
  /** `count` lines, from 1 to `wireLimits.historyLines`; undefined when the user did not say how many. */
  | { readonly kind: 'history'; readonly count: number | undefined }
  | { readonly kind: 'help' }
  | { readonly kind: 'exit' };

/** Commands of `earshot join` over CHAT/1.1. */
export type JoinCommand =
  | ServerCommand
  /** `file`: a path as it was typed, quotes included. */
  | { readonly kind: 'send'; readonly to: string; readonly file: string }
  | { readonly kind: 'files' }
  /** `file`: the number or the name of a file, and perhaps `as` and a path; undefined lists the offered ones. */
  | { readonly kind: 'fetch'; readonly file: string | undefined }
  /** `file`: the number or the name of a file; undefined for the only one under way. */
  | { readonly kind: 'cancel'; readonly file: string | undefined }
  /** The lines before those of the last `history`. */
  | { readonly kind: 'older-history' }
  /** Lines that carry all of these terms; at least one. */
  | { readonly kind: 'search'; readonly terms: readonly string[] }
  /** The lines before those of the last `search`. */
  | { readonly kind: 'older-search' }
  | { readonly kind: 'why' }
  | { readonly kind: 'password' }
  | { readonly kind: 'devices' }
  /** The number of a login to the own account. */
  | { readonly kind: 'revoke'; readonly device: number }
  | { readonly kind: 'reached' }
  | { readonly kind: 'stats' }
  /** `command` as it was typed, perhaps not one. */
  | { readonly kind: 'explain'; readonly command: string }
  | { readonly kind: 'mutes' }
  /** `forMs` is infinite when the mute has no end. */
  | { readonly kind: 'mute'; readonly term: string; readonly forMs: number }
  | { readonly kind: 'unmute'; readonly term: string }
  | { readonly kind: 'settings' }
  /** Both in lower case, and perhaps not a setting or none of its values; an empty `value` when none was typed. */
  | { readonly kind: 'set'; readonly setting: string; readonly value: string };

/** Invalid input; `problem` says why, in words for the user who typed it. */
export interface Invalid {
  readonly kind: 'invalid';
  readonly problem: string;
}

export type Typed<Command> =
  | { readonly kind: 'nothing' }
  /** At most `wireLimits.textCharacters`, and not blank. */
  | { readonly kind: 'text'; readonly text: string }
  | Command
  | Invalid;

/** The limits that a server may have changed. */
export interface CommandLimits {
  /** Terms that a user may follow, and that a file may go to. */
  readonly followTerms: number;
}

/** What follows a verb. */
export interface Arguments {
  /** The first words: at least the required ones, and all of them if their number is limited. */
  readonly words: readonly string[];
  /** All of it as it was typed, without white space at its ends. */
  readonly rest: string;
}

/** One row: how a command is typed. */
export interface CommandForm<Command> {
  /** The arguments, as `!help` and errors show them. */
  readonly words: string;
  readonly help: string;
  /** A line to type. */
  readonly example?: string;
  /** The minimum and maximum number of words after the verb. */
  readonly least: number;
  readonly most: number;
  /** Whether a phrase in quotes is one word. */
  readonly takesTerms?: true;
  read(typed: Arguments, limits: CommandLimits): Command | Invalid;
}

/** By verb, in the order of `!help`. */
export type CommandTable<Command> = Readonly<Record<`!${string}`, CommandForm<Command>>>;

/** Parses `line`, which has no line end, with these commands. */
export function parseTyped<Command>(
  line: string,
  commands: CommandTable<Command>,
  limits: CommandLimits,
): Typed<Command> {
  const typed = line.trim();
  if (typed === '') return { kind: 'nothing' };
  if (!typed.startsWith('!')) return textOf(line);
  if (typed.startsWith('!!')) return textOf(line.trimStart().slice(1));
  const [, name = ''] = /^!(\S*)/u.exec(typed) ?? [];
  const verb = `!${name}` as const;
  // No inherited property of an object begins with `!`.
  const form = commands[verb];
  if (form === undefined) {
    return invalid(`Unknown command ${quoteShort(verb)}; !help lists them, !! in front sends it as text`);
  }
  const rest = typed.slice(verb.length).trimStart();
  const split = form.takesTerms === true ? termWords : firstWords;
  const words = split(rest, form.most === Infinity ? form.least : form.most + 1);
  if (words.length < form.least || words.length > form.most) {
    const isPhraseMeant = form.takesTerms === true && form.most === 1 && words.length > 1;
    const hint = isPhraseMeant ? '; a phrase needs quotes, as in "apple pie"' : '';
    return invalid(`Wrong number of words; it is used as: ${usage(verb, form)}${hint}`);
  }
  return form.read({ words, rest }, limits);
}

/** Returns the line that is parsed as `text`; a text that begins with white space and `!` loses the white space. */
export function formatText(text: string): string {
  const typed = text.trimStart();
  return typed.startsWith('!') ? `!${typed}` : text;
}

/** Returns the lines of `!help`, each with its line end. */
export function helpLines(commands: CommandTable<unknown>): string[] {
  return Object.entries(commands).map(([verb, form]) => `${helpLine(verb, form)}\n`);
}

/** Returns the line of `!help` about one command. */
export function helpLine(verb: string, form: CommandForm<unknown>): string {
  return `${usage(verb, form).padEnd(20)} ${form.help}`;
}

export function invalid(problem: string): Invalid {
  return { kind: 'invalid', problem };
}

/** Returns why `text` cannot be sent, in words for its writer; undefined when it can. */
export function textProblem(text: string): string | undefined {
  if (!isTextTooLong(text)) return undefined;
  return `A message has at most ${wireLimits.textCharacters} characters`;
}

function textOf(text: string): Typed<never> {
  const problem = textProblem(text);
  return problem === undefined ? { kind: 'text', text } : invalid(problem);
}

function usage(verb: string, { words }: CommandForm<unknown>): string {
  return words === '' ? verb : `${verb} ${words}`;
}
