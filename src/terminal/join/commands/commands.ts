import { FileError, LostError, RefusedError } from '../../../client/errors.ts';
import * as reply from '../../../protocol/chat10/reply.ts';
import { helpLines, type JoinCommand } from '../../../protocol/commands/typed.ts';
import { counted } from '../../lines.ts';
import type { Timeline } from '../../timeline.ts';
import { type Claimant, claim } from '../account/claim.ts';
import { changePassword, revokeDevice, showDevices } from '../account/own-account.ts';
import { Cancelled, type Files } from '../files/files.ts';
import { parseWholePath } from '../files/typed-path.ts';
import type { Sending } from '../sending/sending.ts';
import { type Follower, follow, unfollow } from './follow-commands.ts';
import { commands } from './join-table.ts';
import type { Pages } from './pages.ts';
import { runSessionCommand, type Session } from './session-commands.ts';
import { whyOf } from './why.ts';

/** What the commands need of the conversation. */
export interface CommandContext extends Claimant, Follower {
  readonly files: Files;
  readonly timeline: Timeline;
  readonly pages: Pages;
  readonly sending: Sending;
  readonly session: Session;
}

/** False when something was not done, which the user was told. `exit`: the user leaves. */
type Done = boolean | 'exit';

const noConnection = 'There is no connection now, so nothing was done; try again when it is back';

/**
 * Executes a command, which was typed as `typed`. Resolves with false when it was not done; reports refusals to the
 * user.
 */
export async function runCommand(chat: CommandContext, command: JoinCommand, typed: string): Promise<Done> {
  try {
    return await run(chat, command, typed);
  } catch (error) {
    if (error instanceof RefusedError) return refuse(chat, error.reason);
    if (!(error instanceof LostError)) throw error;
    return refuse(chat, error.reason === 'offline' ? noConnection : error.message);
  }
}

/** Executes a command over CHAT/1.1, and answers in the words in which a CHAT/1.0 server would. */
async function run(chat: CommandContext, command: JoinCommand, typed: string): Promise<Done> {
  switch (command.kind) {
    case 'list':
      return answer(chat, reply.userList(await chat.client.list()));
    case 'follows':
      return answer(chat, reply.termList(await chat.client.follows()));
    case 'follow':
      return answer(chat, await follow(chat, command.term));
    case 'unfollow':
      return answer(chat, await unfollow(chat, command.term));
    case 'msg':
      return message(chat, command.to, command.text, typed);
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
      return (await chat.pages.olderFound()) || refuse(chat, 'Search first: !search WORD...');
    case 'why':
      return why(chat);
    case 'fetch':
      return fetch(chat, command.file);
    case 'files':
      return showFiles(chat, chat.files.lines(), 'No file was offered or sent yet.');
    case 'cancel':
      return answerProblem(chat, chat.files.cancel(command.file));
    case 'password':
      return chat.client.isGuest ? claim(chat) : changePassword(chat);
    case 'devices':
      return showDevices(chat);
    case 'revoke':
      return revokeDevice(chat, command.device);
    case 'help':
      return helpLines(commands).every((line) => answer(chat, line));
    case 'exit':
      return 'exit';
    default:
      return runSessionCommand(command, chat.session, chat.screen, chat.client.name);
  }
}

function answer(chat: CommandContext, text: string): true {
  chat.screen.show(text.trimEnd());
  return true;
}

function refuse(chat: CommandContext, problem: string): false {
  answer(chat, reply.error(problem));
  return false;
}

async function message(chat: CommandContext, to: string, text: string, typed: string): Promise<boolean> {
  if (to === chat.client.name) {
    return refuse(chat, 'You cannot send a private message to yourself');
  }
  return chat.sending.send(
    typed,
    () => chat.client.sendTo(to, text),
    ({ reached }) => {
      const later = reached === 0 ? '; it waits for them if they are not online' : '';
      return `${reply.messageSentTo(to).trimEnd()}${later}`;
    },
    ({ code }) => (code === 404 ? reply.notOnline(to) : undefined),
  );
}

async function attach(chat: CommandContext, path: string, terms: readonly string[]): Promise<boolean> {
  try {
    const { reached } = await chat.files.send(path, { terms });
    answer(chat, reply.attachmentDistributed(path));
    if (chat.isWithPerson && reached !== undefined) {
      const people = counted(reached, 'person').replace('persons', 'people');
      chat.screen.notice(`it reached ${reached === 0 ? 'nobody online' : people}`);
    }
    return true;
  } catch (error) {
    return onFileNotSent(
      chat,
      path,
      error,
      (problem) => `Attached file ${path} could not be sent: ${problem}`,
    );
  }
}

async function send(chat: CommandContext, to: string, file: string): Promise<boolean> {
  const path = parseWholePath(file);
  if (typeof path !== 'string') return refuse(chat, path.problem);
  if (to === chat.client.name) return refuse(chat, 'You cannot send a file to yourself');
  try {
    const { reached } = await chat.files.send(path, { to });
    const later = reached === 0 ? '; it waits for them if they are not online' : '';
    return answer(chat, `File ${path} sent to ${to}${later}`);
  } catch (error) {
    if (error instanceof RefusedError && error.code === 404) {
      answer(chat, reply.notOnline(to));
      return false;
    }
    return onFileNotSent(
      chat,
      path,
      error,
      (problem) => `File ${path} could not be sent to ${to}: ${problem}`,
    );
  }
}

/** `describe` makes the error of the reason why the file cannot be read. */
function onFileNotSent(
  chat: CommandContext,
  path: string,
  error: unknown,
  describe: (problem: string) => string,
): false {
  if (error instanceof Cancelled) chat.screen.notice(`Cancelled: ${path} was not sent.`);
  else if (error instanceof FileError) refuse(chat, describe(error.problem));
  else if (error instanceof RefusedError) {
    refuse(chat, `${error.reason}; ${path} was not sent`);
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

function answerProblem(chat: CommandContext, problem: string | undefined): boolean {
  return problem === undefined || refuse(chat, problem);
}
