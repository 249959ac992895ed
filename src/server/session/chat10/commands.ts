import * as reply from '../../../protocol/chat10/reply.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { isUserName } from '../../../protocol/names.ts';
import { isLongerThan, quoteShort } from '../../../protocol/text.ts';
import { termProblem } from '../../../protocol/words.ts';
import type { Uploads } from './uploads.ts';
import type { Chat10User } from './user.ts';

/** The commands of CHAT/1.0: one row each. What is checked for all of them is checked in `runCommand`. */
interface Command {
  /** What is typed behind the verb, for `!help` and for errors. */
  readonly words: string;
  readonly help: string;
  readonly least: number;
  readonly most: number;
  run(
    user: Chat10User,
    words: readonly string[],
    rest: string,
    uploads: Uploads,
  ): Promise<undefined> | undefined;
}

const historyLines = 20;
/** History comes in one page; texts beyond this many bytes are left out, oldest first. */
const historyBytes = 1024 * 1024;

const commands: { readonly [verb: string]: Command } = {
  '!list': { words: '', help: 'who is online', least: 0, most: 0, run: list },
  '!follow?': { words: '', help: 'what you follow', least: 0, most: 0, run: listTerms },
  '!follow': {
    words: 'TERM',
    help: 'get messages with this word, or by @NAME',
    least: 1,
    most: 1,
    run: follow,
  },
  '!unfollow': { words: 'TERM', help: 'stop following', least: 1, most: 1, run: unfollow },
  '!msg': {
    words: 'NAME TEXT',
    help: 'a message for one person only',
    least: 2,
    most: Infinity,
    run: message,
  },
  '!attach': {
    words: 'FILE TERM...',
    help: 'send a file to the followers of a term, and yours',
    least: 2,
    most: Infinity,
    run: (_user, _words, rest, uploads) => uploads.request(rest),
  },
  '!history': { words: '[N]', help: 'the last N lines to and from you', least: 0, most: 1, run: history },
  '!help': { words: '', help: 'this list', least: 0, most: 0, run: help },
  '!exit': { words: '', help: 'leave', least: 0, most: 0, run: () => undefined },
};

/** Checks and runs what a user typed. A promise means: read no further request until it resolves. */
export function runCommand(
  user: Chat10User,
  uploads: Uploads,
  verb: string,
  rest: string,
): Promise<undefined> | undefined {
  const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
  if (command === undefined) {
    return user.replyError(
      `Unknown command ${quoteShort(verb)}; !help lists them, !! in front sends it as text`,
    );
  }
  const words = rest.split(/\s+/u).filter((word) => word !== '');
  if (words.length < command.least || words.length > command.most) {
    return user.replyError(`Wrong number of words; it is used as: ${usage(verb, command)}`);
  }
  return command.run(user, words, rest, uploads);
}

function usage(verb: string, command: Command): string {
  return command.words === '' ? verb : `${verb} ${command.words}`;
}

function list(user: Chat10User): undefined {
  return user.reply(reply.userList(user.session.context.hub.names()));
}

function listTerms(user: Chat10User): undefined {
  return user.reply(reply.termList(user.follows.terms));
}

function follow(user: Chat10User, [term = '']: readonly string[]): undefined {
  const problem = termProblem(term);
  if (problem !== undefined) return user.replyError(problem);
  switch (user.follows.follow(term)) {
    case 'followed':
      return user.reply(reply.nowFollowing(term));
    case 'already':
      return user.reply(reply.wasAlreadyFollowing(term));
    case 'too-many':
      return user.replyError(
        `You follow ${user.session.context.limits.followTerms} terms; unfollow one first`,
      );
  }
}

function unfollow(user: Chat10User, [term = '']: readonly string[]): undefined {
  switch (user.follows.unfollow(term)) {
    case 'unfollowed':
      return user.reply(reply.noLongerFollowing(term));
    case 'not-following':
      return user.reply(reply.wasNotFollowing(term));
    case 'everybody-must':
      return user.reply(reply.mustFollowAll);
    case 'oneself':
      return user.reply(reply.cannotUnfollowYourself);
  }
}

function message(
  user: Chat10User,
  [to = '']: readonly string[],
  rest: string,
): Promise<undefined> | undefined {
  const text = rest.slice(to.length).trim();
  if (!isUserName(to)) return user.replyError(`${quoteShort(to)} is not a name`);
  if (to === user.name) return user.replyError('You cannot send a private message to yourself');
  if (isLongerThan(text, wireLimits.textCharacters)) {
    return user.replyError(`A message has at most ${wireLimits.textCharacters} characters`);
  }
  if (!user.session.context.hub.has(to)) return user.reply(reply.notOnline(to));
  return user.say({ kind: 'private', to, text }, (reached) =>
    // It may have taken a while: whoever it was for can have left meanwhile.
    user.reply(reached > 0 ? reply.messageSentTo(to) : reply.notOnline(to)),
  );
}

async function history(user: Chat10User, [count]: readonly string[]): Promise<undefined> {
  const lines = count === undefined ? historyLines : Number(count);
  if (!(/^[0-9]+$/.test(count ?? '1') && lines >= 1 && lines <= wireLimits.historyLines)) {
    return user.replyError(`!history takes a number from 1 to ${wireLimits.historyLines}`);
  }
  const { log, chat10Forms } = user.session.context;
  // What one has just said is part of it.
  await user.peer.allPosted();
  const page = await log.read({
    spans: user.spans(),
    after: 0,
    pick: 'newest',
    limit: lines,
    maxBytes: historyBytes,
  });
  for (const entry of page.entries) user.reply(chat10Forms.historyLine(entry, user.name));
  return undefined;
}

function help(user: Chat10User): undefined {
  for (const [verb, command] of Object.entries(commands)) {
    user.reply(`${usage(verb, command).padEnd(20)} ${command.help}\n`);
  }
}
