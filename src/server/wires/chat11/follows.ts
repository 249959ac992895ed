import { wordsAndPhrases } from '../../../protocol/chat11/event.ts';
import type { RequestOf } from '../../../protocol/chat11/request.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import type { Device } from '../../connection/device.ts';
import type { Conversation } from './conversation.ts';
import { replay } from './history.ts';

/** FOLLOW. With `since` it also replays what was said about the term before. */
export async function follow(
  conversation: Conversation,
  { term, since }: RequestOf<'follow'>,
  device: Device,
): Promise<undefined> {
  switch (await device.user.follow(term)) {
    case 'already':
      return conversation.refuse(409, `You follow ${term} already`);
    case 'too-many':
      return conversation.refuse(
        409,
        `You follow ${conversation.peer.services.limits.followTerms} terms; unfollow one first`,
      );
    case 'too-many-phrases':
      return conversation.refuse(
        409,
        `You follow ${conversation.peer.services.limits.followPhrases} phrases; unfollow one first`,
      );
    case 'followed':
      if (since !== undefined) {
        const page = await conversation.chat.history.ofTerm(device, term, since, wireLimits.historyLines);
        await replay(conversation, device, page);
      }
      return conversation.answer({ kind: 'follow' });
  }
}

export async function unfollow(
  conversation: Conversation,
  { term }: RequestOf<'unfollow'>,
  device: Device,
): Promise<undefined> {
  switch (await device.user.unfollow(term)) {
    case 'unfollowed':
      return conversation.answer({ kind: 'unfollow' });
    case 'not-following':
      return conversation.refuse(404, `You do not follow ${term}`);
    case 'everybody-must':
      return conversation.refuse(422, 'All users must follow @all');
    case 'oneself':
      return conversation.refuse(422, 'Cannot unfollow yourself');
  }
}

export function follows(
  conversation: Conversation,
  _request: RequestOf<'follows'>,
  device: Device,
): undefined {
  const { matched = [], phrases } = wordsAndPhrases(device.user.follows.terms);
  return conversation.answer({ kind: 'follows', terms: matched, ...(phrases && { phrases }) });
}
