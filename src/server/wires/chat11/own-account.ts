import type { RequestOf } from '../../../protocol/chat11/request.ts';
import type { Device } from '../../connection/device.ts';
import type { Conversation } from './conversation.ts';
import { labelOf, refuseLogin } from './log-in.ts';

/** PASSWORD: another password for the own account. */
export async function changePassword(
  conversation: Conversation,
  { old, password }: RequestOf<'password'>,
  { name }: Device,
): Promise<undefined> {
  const { chat, peer, grant } = conversation;
  if (grant === undefined) return refuseGuest(conversation);
  const options = { old, password, tokenLabel: labelOf(conversation) };
  const changed = await chat.ownAccount.changePassword(peer, name, grant, options);
  if (changed.kind !== 'changed') return refuseLogin(conversation, name, changed);
  return conversation.answer({ kind: 'password', token: changed.token });
}

/** DEVICES: the logins of the own account that are remembered. */
export async function devices(
  conversation: Conversation,
  _: RequestOf<'devices'>,
  { name }: Device,
): Promise<undefined> {
  const { chat, grant } = conversation;
  if (grant === undefined) return refuseGuest(conversation);
  const listed = await chat.ownAccount.devices(name);
  return conversation.answer({
    kind: 'devices',
    devices: listed.map(({ id, createdMs, usedMs, label }) => ({
      ...{ id, madeMs: createdMs, usedMs, isThis: id === grant.tokenId },
      // Labels are ours; those of a damaged file must not break the framing.
      label: label.replaceAll(/[^\x20-\x7e]/g, '?') || '?',
    })),
  });
}

/** REVOKE: forgets one of these logins. */
export async function revoke(
  conversation: Conversation,
  { device }: RequestOf<'revoke'>,
  { name }: Device,
): Promise<undefined> {
  const { chat, peer, grant } = conversation;
  if (grant === undefined) return refuseGuest(conversation);
  if (await chat.ownAccount.revoke(peer, name, device)) return conversation.answer({ kind: 'revoke' });
  return conversation.refuse(404, 'You have no such device');
}

function refuseGuest(conversation: Conversation): undefined {
  return conversation.refuse(409, 'A guest has no password and no devices');
}
