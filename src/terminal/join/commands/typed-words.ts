import { invalid, type JoinCommand, parseTyped, type Typed } from '../../../protocol/commands/typed.ts';
import { quoteShort } from '../../../protocol/text.ts';
import { commands } from './join-table.ts';
import { nearest } from './nearest.ts';

/**
 * What people type at the prompt of `join`, beside the commands with `!`:
 *
 *     /follow apple    a command with `/`, as in other chats; another word after `/` is refused, and hinted at
 *     //shrug          the text `/shrug`
 *     /etc/hosts       a text: what follows `/` is no single word of letters
 *     quit             alone in a line: `quit` and `exit` leave, `help` and `?` list the commands
 *      quit            the text: there is a space in front
 *
 * Commands are known in any case and by the names that other chats use, also in the lines of scripts; all else there is
 * text. Over CHAT/1.0 the server understands the commands, by its own rules.
 */

type Verb = keyof typeof commands;

const verbs = Object.keys(commands);

/** Other chats' names of commands. */
const aliases: Readonly<Record<string, Verb>> = {
  '!quit': '!exit',
  '!bye': '!exit',
  '!?': '!help',
  '!commands': '!help',
  '!who': '!list',
  '!names': '!list',
  '!users': '!list',
  '!join': '!follow',
  '!subscribe': '!follow',
  '!part': '!unfollow',
  '!unsubscribe': '!unfollow',
  '!following': '!follow?',
  '!follows': '!follow?',
  '!query': '!msg',
  '!tell': '!msg',
  '!pm': '!msg',
  '!whisper': '!msg',
  '!upload': '!attach',
  '!download': '!fetch',
  '!ignore': '!mute',
  '!unignore': '!unmute',
};

/** The words that are commands when they stand alone in a line. */
const bareWords: Readonly<Record<string, JoinCommand>> = {
  help: { kind: 'help' },
  '?': { kind: 'help' },
  quit: { kind: 'exit' },
  exit: { kind: 'exit' },
};

/** A parsed line, and what to tell its writer when it may have been meant as a text. */
export interface Understood {
  readonly typed: Typed<JoinCommand>;
  readonly hint?: string;
}

/** Parses a line that a person typed. */
export function understand(line: string): Understood {
  const bare = line.trimEnd().toLowerCase();
  const command = Object.hasOwn(bareWords, bare) ? bareWords[bare] : undefined;
  if (command !== undefined) {
    return { typed: command, hint: `To send "${bare}" as a text, type a space in front of it.` };
  }
  const typed = line.trimStart();
  if (typed.startsWith('//')) return { typed: parseLine(typed.slice(1)) };
  const [slashed, word] = /^\/([A-Za-z]+\??|\?)(?=\s|$)/u.exec(typed) ?? [];
  if (slashed === undefined || word === undefined) return { typed: parseLine(line) };
  if (verbOf(word) !== undefined) return { typed: parseLine(`!${typed.slice(1)}`) };
  return { typed: unknown(`!${word}`, slashed, `/${slashed} sends it as text`) };
}

/** Parses a line of a script, or of a person who typed `!`. The limit of terms for a file is left to the server. */
export function parseLine(line: string): Typed<JoinCommand> {
  const typed = line.trimStart();
  const [written = '', name = ''] = /^!(\S+)/u.exec(typed) ?? [];
  const isCommand = name !== '' && !name.startsWith('!');
  const verb = isCommand ? verbOf(name) : undefined;
  if (isCommand && verb === undefined) {
    return unknown(written, written, '!! in front sends it as text');
  }
  const meant = verb === undefined ? line : `${verb}${typed.slice(written.length)}`;
  return parseTyped(meant, commands, { followTerms: Infinity });
}

/** Returns the verb, with `!`, that `name` means, with or without `!` or `/`; undefined when it means none. */
export function verbOf(name: string): Verb | undefined {
  const verb = `!${name.replace(/^[!/]/u, '').toLowerCase()}`;
  if (isVerb(verb)) return verb;
  return Object.hasOwn(aliases, verb) ? aliases[verb] : undefined;
}

/** Returns the other names of a command. */
export function aliasesOf(verb: Verb): string[] {
  return Object.entries(aliases).flatMap(([alias, of]) => (of === verb ? [alias] : []));
}

function isVerb(verb: string): verb is Verb {
  return Object.hasOwn(commands, verb);
}

function unknown(verb: string, written: string, asText: string): Typed<never> {
  const near = nearest(verb.toLowerCase(), [...verbs, ...Object.keys(aliases)]);
  const first = near === undefined ? '; !help lists them,' : `; did you mean ${near}?`;
  return invalid(`Unknown command ${quoteShort(written)}${first} ${asText}`);
}
