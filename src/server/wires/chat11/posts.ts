import { type Failure, failure, slowDown } from '../../../protocol/chat11/response.ts';
import type { AudienceProblem } from '../../chat/files.ts';
import type { NotSent } from '../../chat/messages.ts';
import type { Device } from '../../connection/device.ts';
import type { Handled } from '../../connection/peer.ts';
import { type Message, recipientOf } from '../../messages/entry.ts';
import type { Conversation, Ending } from './conversation.ts';

/** SEND, BROADCAST and SENDTO. While a promise is pending, read no further request. */
export function post(
  conversation: Conversation,
  device: Device,
  message: Message,
  retryId: string | undefined,
): Handled<Ending> {
  const outcome = {
    onSent: (reached: number, position: number) => conversation.answer({ kind: 'send', position, reached }),
    onNotSent: (reason: NotSent) => conversation.refuseWith(notSent(device, reason, recipientOf(message))),
  };
  return conversation.chat.messages.send(device, message, outcome, { retryId });
}

/** The answer to a message or a file, for `to` if for one user alone, that was not stored. */
export function notSent(device: Device, reason: NotSent | AudienceProblem, to: string | undefined): Failure {
  switch (reason) {
    case 'full':
      return failure(507);
    case 'closed':
      return failure(503);
    case 'busy':
      return failure(503, 'Too many messages wait for the disk; try again later');
    case 'too-fast':
      return slowDown(device.retryAfterMs() / 1000);
    case 'oneself':
      return failure(422, 'A private message goes to somebody else');
    case 'nobody':
    case 'not-online':
      return failure(404, `Nobody has the name ${to}`);
    case 'too-many-terms':
      return failure(413, `A file goes to at most ${device.peer.services.limits.followTerms} terms`);
  }
}
