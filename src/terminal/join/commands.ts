import { FileError, LostError, RefusedError } from '../../client/errors.ts';
import {
  type CommandForm,
  commandForms,
  helpLines,
  readCommand,
} from '../../protocol/chat10/command-forms.ts';
import * as reply from '../../protocol/chat10/reply.ts';
import { parseAttachWords } from '../../protocol/chat10/request.ts';
import { baseName, fileNameProblem } from '../../protocol/file-names.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { isUserName } from '../../protocol/names.ts';
import { quoteShort } from '../../protocol/text.ts';
import { termProblem } from '../../protocol/words.ts';
import { chatLineOf } from '../lines.ts';
import { claim } from './claim.ts';
import type { Conversation } from './conversation.ts';
import { textProblem } from './typed-line.ts';

const { '!help': helpForm, '!exit': exitForm, ...shared } = commandForms;

/** What a server of CHAT/1.0 answers itself is answered here in its words, with what CHAT/1.1 can do besides. */
const forms = {
  ...shared,
  '!fetch': {
    words: '[NAME or N]',
    help: 'save a file that was offered; which there are',
    least: 0,
    most: Infinity,
  },
  '!password': { words: '', help: 'make your name an account of yours', least: 0, most: 0 },
  '!help': helpForm,
  '!exit': exitForm,
} as const satisfies Readonly<Record<string, CommandForm>>;

/** Whether it was done; what was not is told. `exit`: the user wants to go. */
type Done = boolean | 'exit';
type Run = (chat: Conversation, words: readonly string[], rest: string) => Promise<Done>;

const commands: { readonly [verb in keyof typeof forms]: Run } = {
  '!list': async (chat) => answer(chat, reply.userList(await chat.client.list())),
  '!follow?': async (chat) => answer(chat, reply.termList(await chat.client.follows())),
  '!follow': follow,
  '!unfollow': unfollow,
  '!msg': message,
  '!attach': attach,
  '!history': history,
  '!fetch': fetch,
  '!password': async (chat) => {
    await claim(chat);
    return true;
  },
  '!help': async (chat) => helpLines(forms).every((line) => answer(chat, line)),
  '!exit': async () => 'exit',
};

/** Checks and runs what the user typed; resolves with whether all that it was to send was sent. */
export async function runCommand(chat: Conversation, verb: string, rest: string): Promise<Done> {
  const command = readCommand(forms, verb, rest);
  if (command.kind === 'invalid') return answer(chat, reply.error(command.problem));
  try {
    return await commands[command.verb](chat, command.words, rest);
  } catch (error) {
    if (error instanceof RefusedError) return answer(chat, reply.error(error.reason));
    if (!(error instanceof LostError)) throw error;
    answer(chat, reply.error(error.message));
    return false;
  }
}

function answer(chat: Conversation, text: string): true {
  chat.screen.show(text.trimEnd());
  return true;
}

async function follow(chat: Conversation, [term = '']: readonly string[]): Promise<boolean> {
  const problem = termProblem(term);
  if (problem !== undefined) return answer(chat, reply.error(problem));
  try {
    await chat.client.follow(term);
    return answer(chat, reply.nowFollowing(term));
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === 409)) throw error;
    // Otherwise there are too many of them, which the server says itself.
    const isFollowed = (await chat.client.follows()).includes(term);
    return answer(chat, isFollowed ? reply.wasAlreadyFollowing(term) : reply.error(error.reason));
  }
}

async function unfollow(chat: Conversation, [term = '']: readonly string[]): Promise<boolean> {
  if (termProblem(term) !== undefined) return answer(chat, reply.wasNotFollowing(term));
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

async function message(chat: Conversation, [to = '']: readonly string[], rest: string): Promise<boolean> {
  const text = rest.slice(to.length).trim();
  if (!isUserName(to)) return answer(chat, reply.error(`${quoteShort(to)} is not a name`));
  if (to === chat.client.name) {
    return answer(chat, reply.error('You cannot send a private message to yourself'));
  }
  if (textProblem(text) !== undefined) {
    return answer(chat, reply.error(`A message has at most ${wireLimits.textCharacters} characters`));
  }
  try {
    const { reached } = await chat.client.sendTo(to, text);
    const later = reached === 0 ? '; it waits for them where they are not online' : '';
    return answer(chat, `${reply.messageSentTo(to).trimEnd()}${later}`);
  } catch (error) {
    if (error instanceof RefusedError && error.code === 404) return answer(chat, reply.notOnline(to));
    chat.onNotSent(text, error);
    return false;
  }
}

async function attach(chat: Conversation, _words: readonly string[], rest: string): Promise<boolean> {
  const { file: path, terms } = parseAttachWords(rest);
  const nameIs = fileNameProblem(baseName(path));
  if (nameIs !== undefined) return answer(chat, reply.error(nameIs));
  if (terms.length === 0) {
    return answer(chat, reply.error('Name at least one term to send the file to: !attach FILE TERM...'));
  }
  for (const term of terms) {
    const termIs = termProblem(term);
    if (termIs !== undefined) return answer(chat, reply.error(`${term}: ${termIs}`));
  }
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

async function history(chat: Conversation, [count]: readonly string[]): Promise<boolean> {
  const most = wireLimits.historyLines;
  const limit = count === undefined ? undefined : Number(count);
  if (limit !== undefined && !(/^[0-9]+$/.test(count ?? '') && limit >= 1 && limit <= most)) {
    return answer(chat, reply.error(`!history takes a number from 1 to ${most}`));
  }
  const { entries, gaps } = await chat.client.history(limit === undefined ? {} : { limit });
  if (gaps.length > 0) chat.screen.notice('What is older is no longer kept by the server.');
  for (const entry of entries) chat.screen.show(chatLineOf(entry));
  return true;
}

async function fetch(chat: Conversation, words: readonly string[], rest: string): Promise<boolean> {
  if (words.length > 0) {
    if (await chat.files.fetch(rest)) return true;
    return answer(chat, reply.error(`No file ${quoteShort(rest)} is offered; !fetch lists them`));
  }
  const lines = chat.files.list();
  if (lines.length === 0) chat.screen.notice('No file waits to be saved.');
  return lines.every((line) => answer(chat, line));
}
