import { commandForms, helpLines, readCommand } from '../../../protocol/chat10/command-forms.ts';
import * as reply from '../../../protocol/chat10/reply.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { isUserName } from '../../../protocol/names.ts';
import { isLongerThan, quoteShort } from '../../../protocol/text.ts';
import { termProblem } from '../../../protocol/words.ts';
import { Turns } from '../../../scheduling/turns.ts';
import type { Handled } from '../../connection/peer.ts';
import { textBytes } from '../../messages/entry.ts';
import type { Chat10Device } from './device.ts';
import type { Uploads } from './uploads.ts';

/** What a command does once its words are counted. */
type Run = (
  device: Chat10Device,
  words: readonly string[],
  rest: string,
  uploads: Uploads,
) => Handled<'exit'>;

const historyLines = 20;
/** History comes in one page; texts beyond this many bytes are left out, oldest first. */
const historyBytes = 1024 * 1024;

/** The commands of CHAT/1.0: one row each. What is checked for all of them is checked in `runCommand`. */
const commands: { readonly [verb in keyof typeof commandForms]: Run } = {
  '!list': list,
  '!follow?': listTerms,
  '!follow': follow,
  '!unfollow': unfollow,
  '!msg': message,
  '!attach': (_device, _words, rest, uploads) => uploads.request(rest),
  '!history': history,
  '!help': help,
  '!exit': () => 'exit',
};

/** Checks and runs what a user typed. */
export function runCommand(
  device: Chat10Device,
  uploads: Uploads,
  verb: string,
  rest: string,
): Handled<'exit'> {
  const command = readCommand(commandForms, verb, rest);
  if (command.kind === 'invalid') return device.replyError(command.problem);
  return commands[command.verb](device, command.words, rest, uploads);
}

function list(device: Chat10Device): undefined {
  return device.reply(reply.userList(device.session.context.hub.names()));
}

function listTerms(device: Chat10Device): undefined {
  return device.reply(reply.termList(device.user.follows.terms));
}

async function follow(device: Chat10Device, [term = '']: readonly string[]): Promise<undefined> {
  const problem = termProblem(term);
  if (problem !== undefined) return device.replyError(problem);
  const answer = await device.kept(() => device.user.follow(term));
  switch (answer) {
    case undefined:
      return undefined;
    case 'followed':
      return device.reply(reply.nowFollowing(term));
    case 'already':
      return device.reply(reply.wasAlreadyFollowing(term));
    case 'too-many':
      return device.replyError(
        `You follow ${device.session.context.limits.followTerms} terms; unfollow one first`,
      );
  }
}

async function unfollow(device: Chat10Device, [term = '']: readonly string[]): Promise<undefined> {
  // Nobody follows a longer one, and nothing that long is said back.
  if (isLongerThan(term, wireLimits.termCharacters))
    return device.replyError(termProblem(term) ?? 'That is not a term');
  const answer = await device.kept(() => device.user.unfollow(term));
  switch (answer) {
    case undefined:
      return undefined;
    case 'unfollowed':
      return device.reply(reply.noLongerFollowing(term));
    case 'not-following':
      return device.reply(reply.wasNotFollowing(term));
    case 'everybody-must':
      return device.reply(reply.mustFollowAll);
    case 'oneself':
      return device.reply(reply.cannotUnfollowYourself);
  }
}

function message(
  device: Chat10Device,
  [to = '']: readonly string[],
  rest: string,
): Promise<undefined> | undefined {
  const text = rest.slice(to.length).trim();
  if (!isUserName(to)) return device.replyError(`${quoteShort(to)} is not a name`);
  if (to === device.name) return device.replyError('You cannot send a private message to yourself');
  if (isLongerThan(text, wireLimits.textCharacters)) {
    return device.replyError(`A message has at most ${wireLimits.textCharacters} characters`);
  }
  if (!device.session.context.hub.isOnline(to)) return device.reply(reply.notOnline(to));
  return device.say({ kind: 'private', to, text }, (reached) =>
    // It may have taken a while: whoever it was for can have left meanwhile.
    device.reply(reached > 0 ? reply.messageSentTo(to) : reply.notOnline(to)),
  );
}

async function history(device: Chat10Device, [count]: readonly string[]): Promise<undefined> {
  const lines = count === undefined ? historyLines : Number(count);
  if (!(/^[0-9]+$/.test(count ?? '1') && lines >= 1 && lines <= wireLimits.historyLines)) {
    return device.replyError(`!history takes a number from 1 to ${wireLimits.historyLines}`);
  }
  const { log, chat10Encoders } = device.session.context;
  // What one has just said is part of it.
  await device.peer.allPosted();
  const page = await log.read({
    spans: device.spans(),
    after: 0,
    pick: 'newest',
    limit: lines,
    maxBytes: historyBytes,
  });
  const encoded: Uint8Array[] = [];
  const turns = new Turns();
  for (const entry of page.entries) {
    encoded.push(chat10Encoders.encodeText(chat10Encoders.historyLine(entry, device.name)));
    await turns.after(textBytes(entry.message));
  }
  // Nothing that is said meanwhile comes between them.
  for (const line of encoded) device.outbox.reply(line);
  return undefined;
}

function help(device: Chat10Device): undefined {
  for (const line of helpLines(commandForms)) device.reply(line);
}
