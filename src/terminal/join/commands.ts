import { FileError, LostError, RefusedError } from '../../client/errors.ts';
import * as reply from '../../protocol/chat10/reply.ts';
import { joinCommands } from '../../protocol/commands/command-table.ts';
import { helpLines, type JoinCommand, parseTyped, type Typed } from '../../protocol/commands/typed.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { Timeline } from '../timeline.ts';
import { type Claimant, claim } from './claim.ts';
import type { Files } from './files.ts';
import type { Pages } from './pages.ts';
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

/** Parses a typed line. The limit of terms for a file is left to the server. */
export function parseLine(line: string): Typed<JoinCommand> {
  return parseTyped(line, joinCommands, { followTerms: Infinity });
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
      return command.file === undefined ? listFiles(chat) : fetch(chat, command.file);
    case 'password':
      await claim(chat);
      return true;
    case 'help':
      return helpLines(joinCommands).every((line) => answer(chat, line));
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
    if (error instanceof FileError) {
      chat.screen.problem(error.message);
      answer(chat, reply.attachmentNotSent(path));
    } else if (error instanceof RefusedError) {
      answer(chat, reply.error(`${error.reason}; ${path} was not sent`));
    } else throw error;
    return false;
  }
}

function why({ client, screen, timeline }: CommandContext): true {
  const { last } = timeline;
  if (last === undefined) screen.notice('No line has come yet.');
  else screen.notice(whyOf(last, client.name, timeline.momentOf(last.timeMs)));
  return true;
}

async function fetch(chat: CommandContext, file: string): Promise<boolean> {
  if (await chat.files.fetch(file)) return true;
  return answer(chat, reply.error(`No file ${quoteShort(file)} is offered; !fetch lists them`));
}

function listFiles(chat: CommandContext): boolean {
  const lines = chat.files.list();
  if (lines.length === 0) chat.screen.notice('No file waits to be saved.');
  return lines.every((line) => answer(chat, line));
}
