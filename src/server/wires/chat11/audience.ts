import type { RequestOf } from '../../../protocol/chat11/request.ts';
import type { Device } from '../../connection/device.ts';
import type { Conversation } from './conversation.ts';

/** AUDIENCE: who would hear a text. */
export async function audience(
  conversation: Conversation,
  { text }: RequestOf<'audience'>,
  device: Device,
): Promise<undefined> {
  const found = await conversation.chat.audiences.of(device, text);
  if ('waitS' in found) return conversation.refuseUntil(found.waitS, 'Too many questions; ask more slowly');
  const { people, isFew, terms } = found;
  return conversation.answer({ kind: 'audience', people, few: isFew, terms });
}
