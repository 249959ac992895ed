import { quoteShort } from '../text.ts';

/** What is typed as a command, whoever carries it out: the server for clients of CHAT/1.0, a face over CHAT/1.1. */
export interface CommandForm {
  /** What is typed behind the verb, for `!help` and for errors. */
  readonly words: string;
  readonly help: string;
  readonly least: number;
  readonly most: number;
}

export const commandForms = {
  '!list': { words: '', help: 'who is online', least: 0, most: 0 },
  '!follow?': { words: '', help: 'what you follow', least: 0, most: 0 },
  '!follow': { words: 'TERM', help: 'get messages with this word, or by @NAME', least: 1, most: 1 },
  '!unfollow': { words: 'TERM', help: 'stop following', least: 1, most: 1 },
  '!msg': { words: 'NAME TEXT', help: 'a message for one person only', least: 2, most: Infinity },
  '!attach': {
    words: 'FILE TERM...',
    help: 'send a file to the followers of a term, and yours',
    least: 2,
    most: Infinity,
  },
  '!history': { words: '[N]', help: 'the last N lines to and from you', least: 0, most: 1 },
  '!help': { words: '', help: 'this list', least: 0, most: 0 },
  '!exit': { words: '', help: 'leave', least: 0, most: 0 },
} as const satisfies Readonly<Record<string, CommandForm>>;

export type ReadCommand<Verb extends string> =
  | { readonly kind: 'command'; readonly verb: Verb; readonly words: readonly string[] }
  /** `problem` is for whoever typed it. */
  | { readonly kind: 'invalid'; readonly problem: string };

/** The command of `forms` that `verb` and the words of `rest` are. */
export function readCommand<Verb extends string>(
  forms: Readonly<Record<Verb, CommandForm>>,
  verb: string,
  rest: string,
): ReadCommand<Verb> {
  if (!isVerbOf(forms, verb)) {
    const problem = `Unknown command ${quoteShort(verb)}; !help lists them, !! in front sends it as text`;
    return { kind: 'invalid', problem };
  }
  const form = forms[verb];
  const words = rest.split(/\s+/u).filter((word) => word !== '');
  if (words.length >= form.least && words.length <= form.most) return { kind: 'command', verb, words };
  return { kind: 'invalid', problem: `Wrong number of words; it is used as: ${usage(verb, form)}` };
}

/** The lines of `!help`, each with its line end. */
export function helpLines(forms: Readonly<Record<string, CommandForm>>): string[] {
  return Object.entries(forms).map(([verb, form]) => `${usage(verb, form).padEnd(20)} ${form.help}\n`);
}

function isVerbOf<Verb extends string>(
  forms: Readonly<Record<Verb, CommandForm>>,
  verb: string,
): verb is Verb {
  return Object.hasOwn(forms, verb);
}

function usage(verb: string, { words }: CommandForm): string {
  return words === '' ? verb : `${verb} ${words}`;
}
