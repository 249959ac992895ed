import { formatEvent } from '../../../protocol/chat11/event.ts';
import type { RequestOf } from '../../../protocol/chat11/request.ts';
import { Turns } from '../../../scheduling/turns.ts';
import type { HistoryPage } from '../../chat/history.ts';
import type { Device } from '../../connection/device.ts';
import { memoryBytes } from '../../messages/entry.ts';
import type { Conversation } from './conversation.ts';
import { replayOf } from './encoder.ts';

const defaultEntries = 20;

/** HISTORY: the user's view of the log. */
export async function history(
  conversation: Conversation,
  { limit = defaultEntries, ...query }: RequestOf<'history'>,
  device: Device,
): Promise<undefined> {
  await replay(conversation, device, await conversation.chat.history.read(device, { ...query, limit }));
  return conversation.answer({ kind: 'history' });
}

/** Sends a page as events, the oldest first, after a `gap` event for the pruned part of the range. */
export async function replay(
  conversation: Conversation,
  device: Device,
  { entries, pruned }: HistoryPage,
): Promise<void> {
  if (pruned !== undefined) conversation.tell(formatEvent({ kind: 'gap', ...pruned }));
  const { reportUnshowable } = conversation.peer;
  const events: Uint8Array[] = [];
  const turns = new Turns();
  for (const entry of entries) {
    events.push(replayOf(entry, device.user, reportUnshowable));
    await turns.after(memoryBytes(entry.message));
  }
  // In one go, so that no live message comes between them.
  for (const event of events) conversation.tell(event);
}
