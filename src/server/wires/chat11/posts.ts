import { type Failure, failure, slowDown } from '../../../protocol/chat11/response.ts';
import type { Device, NotPosted } from '../../connection/device.ts';
import type { Handled } from '../../connection/peer.ts';
import type { Message } from '../../messages/entry.ts';
import type { Conversation, Ending } from './conversation.ts';

/** SEND, BROADCAST and SENDTO. A promise: read no further request until it resolves. */
export function post(
  conversation: Conversation,
  device: Device,
  message: Message,
  retryId: string | undefined,
): Handled<Ending> {
  const problem = message.kind === 'private' ? recipientProblem(device, message.to) : undefined;
  if (problem !== undefined) return refuseUnlessStored(conversation, device, problem, retryId);
  return device.postAtOnce(message, retryId, {
    onPosted: (reached, position) => conversation.answer({ kind: 'send', position, reached }),
    onNotPosted: (reason) => conversation.refuseWith(notPosted(device, reason)),
  });
}

/** Why a message was not stored. */
export function notPosted(device: Device, reason: NotPosted): Failure {
  if (reason === 'full') return failure(507);
  if (reason === 'closed') return failure(503);
  if (reason === 'busy') return failure(503, 'Too many messages wait for the disk; try again later');
  return slowDown(device.retryAfterMs() / 1000);
}

/** Why nothing can be sent to `to` in private: who has an account need not be here for it. */
export function recipientProblem(device: Device, to: string): Problem | undefined {
  const { hub, accounts } = device.session.context;
  if (to === device.name) return { code: 422, reason: 'A private message goes to somebody else' };
  if (hub.user(to) !== undefined || accounts.isAccount(to)) return undefined;
  return { code: 404, reason: `Nobody has the name ${to}` };
}

export interface Problem {
  readonly code: 404 | 422;
  readonly reason: string;
}

/** Whoever it was for may have left since it was sent the first time: that it is stored stays true. */
async function refuseUnlessStored(
  conversation: Conversation,
  device: Device,
  { code, reason }: Problem,
  retryId: string | undefined,
): Promise<undefined> {
  await conversation.peer.allPosted();
  const position = retryId === undefined ? undefined : await device.positionOf(retryId);
  if (position === undefined) return conversation.refuse(code, reason);
  return conversation.answer({ kind: 'send', position, reached: 0 });
}
