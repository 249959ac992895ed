import type { NotSent } from '../../chat/messages.ts';
import type { Device } from '../../connection/device.ts';
import type { Handled } from '../../connection/peer.ts';
import { type Message, recipientOf } from '../../messages/entry.ts';
import type { Conversation, Ending } from './conversation.ts';
import { notSent } from './responder.ts';

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
