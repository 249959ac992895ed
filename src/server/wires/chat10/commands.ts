import { commandForms, helpLines, readCommand } from '../../../protocol/chat10/command-forms.ts';
import * as reply from '../../../protocol/chat10/reply.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { isUserName } from '../../../protocol/names.ts';
import { isLongerThan, quoteShort } from '../../../protocol/text.ts';
import { termProblem } from '../../../protocol/words.ts';
import { Turns } from '../../../scheduling/turns.ts';
import type { Chat } from '../../chat/chat.ts';
import type { Handled } from '../../connection/peer.ts';
import { textBytes } from '../../messages/entry.ts';
import type { Chat10Device } from './device.ts';
import type { Uploads } from './uploads.ts';

/** What commands work on. */
export interface CommandContext {
  readonly device: Chat10Device;
  readonly uploads: Uploads;
  readonly chat: Chat;
}

/** Runs a command whose words are counted. */
type Run = (context: CommandContext, words: readonly string[], rest: string) => Handled<'exit'>;

const historyLines = 20;

/** The commands of CHAT/1.0: one row each. What is checked for all of them is checked in `runCommand`. */
const commands: { readonly [verb in keyof typeof commandForms]: Run } = {
  '!list': list,
  '!follow?': listTerms,
  '!follow': follow,
  '!unfollow': unfollow,
  '!msg': message,
  '!attach': ({ uploads }, _words, rest) => uploads.request(rest),
  '!history': history,
  '!help': help,
  '!exit': () => 'exit',
};

/** Checks and runs what a user typed. */
export function runCommand(context: CommandContext, verb: string, rest: string): Handled<'exit'> {
  const command = readCommand(commandForms, verb, rest);
  if (command.kind === 'invalid') return context.device.replyError(command.problem);
  return commands[command.verb](context, command.words, rest);
}

async function list({ device, chat }: CommandContext): Promise<undefined> {
  return device.reply(reply.userList(await chat.registry.online()));
}

function listTerms({ device }: CommandContext): undefined {
  return device.reply(reply.termList(device.user.follows.terms));
}

async function follow({ device }: CommandContext, [term = '']: readonly string[]): Promise<undefined> {
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
        `You follow ${device.peer.services.limits.followTerms} terms; unfollow one first`,
      );
  }
}

async function unfollow({ device }: CommandContext, [term = '']: readonly string[]): Promise<undefined> {
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
  { device }: CommandContext,
  [to = '']: readonly string[],
  rest: string,
): Promise<undefined> | undefined {
  const text = rest.slice(to.length).trim();
  if (!isUserName(to)) return device.replyError(`${quoteShort(to)} is not a name`);
  if (isLongerThan(text, wireLimits.textCharacters)) {
    return device.replyError(`A message has at most ${wireLimits.textCharacters} characters`);
  }
  return device.say({ kind: 'private', to, text }, (reached, recipient) => {
    if (reached > 0) return device.reply(reply.messageSentTo(to));
    // A guest who was online when it was sent has left, and nobody gets it any more.
    const hasLeft = recipient?.kind === 'guest' && recipient.nodes.length > 0;
    return device.reply(hasLeft ? reply.notOnline(to) : reply.messageKeptFor(to));
  });
}

async function history({ device, chat }: CommandContext, [count]: readonly string[]): Promise<undefined> {
  const lines = count === undefined ? historyLines : Number(count);
  if (!(/^[0-9]+$/.test(count ?? '1') && lines >= 1 && lines <= wireLimits.historyLines)) {
    return device.replyError(`!history takes a number from 1 to ${wireLimits.historyLines}`);
  }
  const { encoders } = device;
  const { entries } = await chat.history.read(device, { limit: lines });
  const encoded: Uint8Array[] = [];
  const turns = new Turns();
  for (const entry of entries) {
    encoded.push(encoders.encodeText(encoders.historyLine(entry, device.name)));
    await turns.after(textBytes(entry.message));
  }
  // In one go, so that no live message comes between them.
  for (const line of encoded) device.outbox.reply(line);
  return undefined;
}

function help({ device }: CommandContext): undefined {
  for (const line of helpLines(commandForms)) device.reply(line);
}
