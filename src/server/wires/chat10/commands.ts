import * as reply from '../../../protocol/chat10/reply.ts';
import { serverCommands } from '../../../protocol/commands/command-table.ts';
import { helpLines, type ServerCommand } from '../../../protocol/commands/typed.ts';
import { Turns } from '../../../scheduling/turns.ts';
import type { Chat } from '../../chat/chat.ts';
import type { Handled } from '../../connection/peer.ts';
import { memoryBytes } from '../../messages/entry.ts';
import type { Chat10Device } from './device.ts';
import type { Uploads } from './uploads.ts';

/** What commands work on. */
export interface CommandContext {
  readonly device: Chat10Device;
  readonly uploads: Uploads;
  readonly chat: Chat;
}

const historyLines = 20;

/** Runs a command that a user typed. */
export function runCommand(context: CommandContext, command: ServerCommand): Handled<'exit'> {
  switch (command.kind) {
    case 'list':
      return list(context);
    case 'follows':
      return listTerms(context);
    case 'follow':
      return follow(context, command.term);
    case 'unfollow':
      return unfollow(context, command.term);
    case 'msg':
      return message(context, command.to, command.text);
    case 'attach':
      return context.uploads.request(command);
    case 'history':
      return history(context, command.count);
    case 'help':
      return help(context);
    case 'exit':
      return 'exit';
  }
}

async function list({ device, chat }: CommandContext): Promise<undefined> {
  device.outbox.reply(device.encoders.encodeUserList(await chat.registry.online()));
  return undefined;
}

function listTerms({ device }: CommandContext): undefined {
  return device.reply(reply.termList(device.user.follows.terms));
}

async function follow({ device }: CommandContext, term: string): Promise<undefined> {
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
    case 'too-many-phrases':
      return device.replyError(
        `You follow ${device.peer.services.limits.followPhrases} phrases; unfollow one first`,
      );
  }
}

async function unfollow({ device }: CommandContext, term: string): Promise<undefined> {
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

function message({ device }: CommandContext, to: string, text: string): Promise<undefined> | undefined {
  return device.say({ kind: 'private', to, text }, (reached, recipient) => {
    if (reached > 0) return device.reply(reply.messageSentTo(to));
    // The guest who was online when it was sent has left: nobody will get it.
    const hasLeft = recipient?.kind === 'guest' && recipient.nodes.length > 0;
    return device.reply(hasLeft ? reply.notOnline(to) : reply.messageKeptFor(to));
  });
}

async function history({ device, chat }: CommandContext, limit: number = historyLines): Promise<undefined> {
  const { encoders } = device;
  const { entries } = await chat.history.read(device, { limit });
  const encoded: Uint8Array[] = [];
  const turns = new Turns();
  for (const entry of entries) {
    encoded.push(encoders.encodeText(encoders.historyLine(entry, device.name)));
    await turns.after(memoryBytes(entry.message));
  }
  // In one go, so that no live message comes between them.
  for (const line of encoded) device.outbox.reply(line);
  return undefined;
}

function help({ device }: CommandContext): undefined {
  for (const line of helpLines(serverCommands)) device.reply(line);
}
