import { wireLimits } from '../limits.ts';
import { firstWords, isLongerThan, quoteShort } from '../text.ts';

/**
 * The language that users type, on whatever wire it travels: the server reads it in the lines of CHAT/1.0 clients (`nc`
 * among them), `earshot join` reads it at a prompt or from a pipe. A line is one of
 *
 *     hello @bob          a text, sent as it stands
 *     !!important         a text that begins with `!`
 *     !follow apple       a command: `!`, its verb, and its arguments with white space between them
 *                         nothing, when it is blank
 *
 * A **table** (`command-table.ts`) says which commands there are; it has a row for each: the words of `!help`, how many
 * arguments there may be, and a function that reads them. Every user has the commands of `serverCommands`; those of `join`
 * have more.
 *
 * `parseTyped` reads a line once, and all of it: arguments come out counted, and as what they have to be, by the rule
 * that every wire goes by (`termProblem`, `isUserName`, `fileNameProblem`, `parseWholeNumber`). What cannot be is
 * `invalid`, with a problem in words for its user. It throws nothing, takes time that grows with the line and not faster,
 * and looks at how long or how many something is before it looks into it. Whether a command can be carried out, by
 * this user and now, is for its runner to say.
 *
 * `CHAT/1.0` puts `@name:` in front and knows `DISCONNECT` besides: that is its own, and `chat10/request.ts` takes it off.
 */

/** Commands that a server carries out for clients that have only lines. */
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
  /** `file`: the name or the number of one that was offered; undefined asks which there are. */
  | { readonly kind: 'fetch'; readonly file: string | undefined }
  | { readonly kind: 'password' };

/** What cannot be done; `problem` says why, for whoever typed it. */
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

/** What stands behind a verb. */
export interface Arguments {
  /** The first words: at least as many as have to be there, and all of them where they have a most. */
  readonly words: readonly string[];
  /** All of it as it was typed, without white space at its ends. */
  readonly rest: string;
}

/** One row: how a command is typed. */
export interface CommandForm<Command> {
  /** What stands behind the verb, for `!help` and for errors. */
  readonly words: string;
  readonly help: string;
  /** How many words have to stand behind the verb, and how many may. */
  readonly least: number;
  readonly most: number;
  read(typed: Arguments, limits: CommandLimits): Command | Invalid;
}

/** By verb, in the order of `!help`. */
export type CommandTable<Command> = Readonly<Record<`!${string}`, CommandForm<Command>>>;

/** What `line`, which has no line end, means where these commands are known. */
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
  // Nothing that every object has begins with `!`.
  const form = commands[verb];
  if (form === undefined) {
    return invalid(`Unknown command ${quoteShort(verb)}; !help lists them, !! in front sends it as text`);
  }
  const rest = typed.slice(verb.length).trimStart();
  const words = firstWords(rest, form.most === Infinity ? form.least : form.most + 1);
  if (words.length < form.least || words.length > form.most) {
    return invalid(`Wrong number of words; it is used as: ${usage(verb, form)}`);
  }
  return form.read({ words, rest }, limits);
}

/** The line that is read as `text`; one that begins with white space and `!` loses the white space. */
export function formatText(text: string): string {
  const typed = text.trimStart();
  return typed.startsWith('!') ? `!${typed}` : text;
}

/** The lines of `!help`, each with its line end. */
export function helpLines(commands: CommandTable<unknown>): string[] {
  return Object.entries(commands).map(([verb, form]) => `${usage(verb, form).padEnd(20)} ${form.help}\n`);
}

export function invalid(problem: string): Invalid {
  return { kind: 'invalid', problem };
}

/** Why nobody can say `text`, in words for its writer; undefined when it can be said. */
export function textProblem(text: string): string | undefined {
  if (!isLongerThan(text, wireLimits.textCharacters)) return undefined;
  return `A message has at most ${wireLimits.textCharacters} characters`;
}

function textOf(text: string): Typed<never> {
  const problem = textProblem(text);
  return problem === undefined ? { kind: 'text', text } : invalid(problem);
}

function usage(verb: string, { words }: CommandForm<unknown>): string {
  return words === '' ? verb : `${verb} ${words}`;
}
