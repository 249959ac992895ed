import { FileError, LostError, RefusedError } from '../../client/errors.ts';
import * as reply from '../../protocol/chat10/reply.ts';
import { checkedAttach, joinCommands } from '../../protocol/commands/command-table.ts';
import {
  type Arguments,
  type CommandLimits,
  type CommandTable,
  helpLines,
  type Invalid,
  invalid,
  type JoinCommand,
  parseTyped,
  type Typed,
} from '../../protocol/commands/typed.ts';
import type { Timeline } from '../timeline.ts';
import { type Claimant, claim } from './claim.ts';
import { Cancelled, type Files } from './files.ts';
import type { Pages } from './pages.ts';
import { parseTypedAttach, parseWholePath } from './typed-path.ts';
import { whyOf } from './why.ts';

/** What the commands need of the conversation. */
export interface CommandContext extends Claimant {
  readonly files: Files;
  readonly timeline: Timeline;
  readonly pages: Pages;
  /** Reports that `what` was not sent because of `error`. */
  onNotSent(what: string, error: unknown): void;
}

/** False when something was not sent, which the user was told. `exit`: the user leaves. */
type Done = boolean | 'exit';

/** Here `!attach` takes paths as terminals paste them, and explains what is missing. */
const commands: CommandTable<JoinCommand> = {
  ...joinCommands,
  '!attach': {
    words: 'FILE TERM...',
    help: 'send a file to the followers of a term, and yours',
    least: 1,
    most: Infinity,
    read: readAttach,
  },
};

/** Parses a typed line. The limit of terms for a file is left to the server. */
export function parseLine(line: string): Typed<JoinCommand> {
  return parseTyped(line, commands, { followTerms: Infinity });
}

function readAttach({ rest }: Arguments, limits: CommandLimits): JoinCommand | Invalid {
  const typed = parseTypedAttach(rest, limits.followTerms + 1);
  if ('problem' in typed) return invalid(typed.problem);
  if (typed.terms.length > 0) return checkedAttach(typed, limits);
  return invalid(
    'Say who gets the file: !attach FILE apple sends it to the followers of apple and yours, !send NAME FILE to one',
  );
}

/** Executes a command. Resolves with false when it could not send something; reports refusals to the user. */
export async function runCommand(chat: CommandContext, command: JoinCommand): Promise<Done> {
  try {
    return await run(chat, command);
  } catch (error) {
    if (error instanceof RefusedError) return answer(chat, reply.error(error.reason));
    if (!(error instanceof LostError)) throw error;
    answer(chat, reply.error(error.message));
    return false;
  }
}

/** Executes a command over CHAT/1.1, and answers in the words in which a CHAT/1.0 server would. */
async function run(chat: CommandContext, command: JoinCommand): Promise<Done> {
  switch (command.kind) {
    case 'list':
      return answer(chat, reply.userList(await chat.client.list()));
    case 'follows':
      return answer(chat, reply.termList(await chat.client.follows()));
    case 'follow':
      return follow(chat, command.term);
    case 'unfollow':
      return unfollow(chat, command.term);
    case 'msg':
      return message(chat, command.to, command.text);
    case 'attach':
      return attach(chat, command.path, command.terms);
    case 'send':
      return send(chat, command.to, command.file);
    case 'history':
      await chat.pages.latest(command.count);
      return true;
    case 'older-history':
      await chat.pages.older();
      return true;
    case 'search':
      await chat.pages.search(command.terms);
      return true;
    case 'older-search':
      return (await chat.pages.olderFound()) || answer(chat, reply.error('Search first: !search WORD...'));
    case 'why':
      return why(chat);
    case 'fetch':
      return fetch(chat, command.file);
    case 'files':
      return showFiles(chat, chat.files.lines(), 'No file was offered or sent yet.');
    case 'cancel':
      return answerProblem(chat, chat.files.cancel(command.file));
    case 'password':
      await claim(chat);
      return true;
    case 'help':
      return helpLines(commands).every((line) => answer(chat, line));
    case 'exit':
      return 'exit';
  }
}

function answer(chat: CommandContext, text: string): true {
  chat.screen.show(text.trimEnd());
  return true;
}

async function follow(chat: CommandContext, term: string): Promise<boolean> {
  try {
    await chat.client.follow(term);
    return answer(chat, reply.nowFollowing(term));
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === 409)) throw error;
    // 409 also means too many follows; then the server's own words say so.
    const isFollowed = (await chat.client.follows()).includes(term);
    return answer(chat, isFollowed ? reply.wasAlreadyFollowing(term) : reply.error(error.reason));
  }
}

async function unfollow(chat: CommandContext, term: string): Promise<boolean> {
  try {
    await chat.client.unfollow(term);
    return answer(chat, reply.noLongerFollowing(term));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (error.code === 404) return answer(chat, reply.wasNotFollowing(term));
    if (error.code !== 422) throw error;
    return answer(chat, term === '@all' ? reply.mustFollowAll : reply.cannotUnfollowYourself);
  }
}

async function message(chat: CommandContext, to: string, text: string): Promise<boolean> {
  if (to === chat.client.name) {
    return answer(chat, reply.error('You cannot send a private message to yourself'));
  }
  try {
    const { reached } = await chat.client.sendTo(to, text);
    const later = reached === 0 ? '; it waits for them if they are not online' : '';
    return answer(chat, `${reply.messageSentTo(to).trimEnd()}${later}`);
  } catch (error) {
    if (error instanceof RefusedError && error.code === 404) return answer(chat, reply.notOnline(to));
    chat.onNotSent(text, error);
    return false;
  }
}

async function attach(chat: CommandContext, path: string, terms: readonly string[]): Promise<boolean> {
  try {
    await chat.files.send(path, { terms });
    return answer(chat, reply.attachmentDistributed(path));
  } catch (error) {
    return onFileNotSent(chat, path, error);
  }
}

async function send(chat: CommandContext, to: string, file: string): Promise<boolean> {
  const path = parseWholePath(file);
  if (typeof path !== 'string') return answer(chat, reply.error(path.problem));
  if (to === chat.client.name) return answer(chat, reply.error('You cannot send a file to yourself'));
  try {
    const { reached } = await chat.files.send(path, { to });
    const later = reached === 0 ? '; it waits for them if they are not online' : '';
    return answer(chat, `File ${path} sent to ${to}${later}`);
  } catch (error) {
    if (error instanceof RefusedError && error.code === 404) return answer(chat, reply.notOnline(to));
    return onFileNotSent(chat, path, error);
  }
}

function onFileNotSent(chat: CommandContext, path: string, error: unknown): false {
  if (error instanceof Cancelled) chat.screen.notice(`Cancelled: ${path} was not sent.`);
  else if (error instanceof FileError) {
    chat.screen.problem(error.message);
    answer(chat, reply.attachmentNotSent(path));
  } else if (error instanceof RefusedError) {
    answer(chat, reply.error(`${error.reason}; ${path} was not sent`));
  } else throw error;
  return false;
}

function why({ client, screen, timeline }: CommandContext): true {
  const { last } = timeline;
  if (last === undefined) screen.notice('No line has come yet.');
  else screen.notice(whyOf(last, client.name, timeline.momentOf(last.timeMs)));
  return true;
}

async function fetch(chat: CommandContext, file: string | undefined): Promise<boolean> {
  if (file === undefined) return showFiles(chat, chat.files.offeredLines(), 'No file waits to be saved.');
  return answerProblem(chat, await chat.files.fetch(file));
}

function showFiles(chat: CommandContext, lines: readonly string[], whenNone: string): boolean {
  if (lines.length === 0) chat.screen.notice(whenNone);
  return lines.every((line) => answer(chat, line));
}

function answerProblem(chat: CommandContext, problem: string | undefined): true {
  return problem === undefined ? true : answer(chat, reply.error(problem));
}
