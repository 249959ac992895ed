import { eventWriter, formatEvent, type Unmatched } from '../../../protocol/chat11/event.ts';
import { showableFileName } from '../../../protocol/file-names.ts';
import { isUserName } from '../../../protocol/names.ts';
import { type ReportUnshowable, unshowableText } from '../../hub/frames.ts';
import type { EventEncoder, User } from '../../hub/user.ts';
import { type Entry, recipientOf } from '../../messages/entry.ts';

/**
 * Encodes entries for CHAT/1.1: each reader is told which of their terms matched. A variant is these terms.
 */
export const chat11Encoder: EventEncoder = {
  hearsOwn: true,
  variant: matchedBy,
  variantId: ({ follows }, keys, mask, position) => follows.variantId(keys, mask, position),
  encode(entry) {
    const write = eventWriter(eventOf(entry), Buffer.allocUnsafe);
    return (variant) => ({ bytes: write(variant), position: entry.position });
  },
  placeholder: (entry) => ({ bytes: unshowable(entry, false), position: entry.position }),
  gap: (from, to) => ({ bytes: formatEvent({ kind: 'gap', from, to }), position: to }),
};

/** Encodes `entry` as a replayed event. Never throws: what cannot be encoded becomes a placeholder. */
export function replayOf(entry: Entry, reader: User, report: ReportUnshowable): Uint8Array {
  try {
    return eventWriter({ ...eventOf(entry), replay: true })(matchedBy(reader, entry));
  } catch (error) {
    report(error, entry);
    return unshowable(entry, true);
  }
}

/** A placeholder: says that there is a message, and who sent it, but not its content. */
function unshowable({ position, sender }: Entry, replay: boolean): Uint8Array {
  const said = { position, from: isUserName(sender) ? sender : 'unknown', timeMs: 0 };
  return formatEvent({ kind: 'message', ...said, ...(replay && { replay }), text: unshowableText });
}

function matchedBy(reader: User, entry: Entry, met?: ReadonlySet<string>): readonly string[] {
  if (hasNoTerms(reader, entry)) return [];
  const { follows } = reader;
  return met === undefined ? follows.matchedAmong(entry) : follows.matched(met, entry.position);
}

/** Whether the entry comes without a follow: a private message, or one's own. */
function hasNoTerms(reader: User, { sender, message }: Entry): boolean {
  return recipientOf(message) !== undefined || sender === reader.name;
}

function eventOf({ position, timeMs, sender, message }: Entry): Unmatched {
  const said = { position, from: sender, timeMs };
  switch (message.kind) {
    case 'text':
    case 'broadcast':
      return { kind: 'message', ...said, text: message.text };
    case 'private':
      return { kind: 'message', ...said, to: message.to, text: message.text };
    case 'damaged':
      throw new Error('the disk has changed it');
    case 'attachment': {
      const { id, name, bytes, sha256 } = message.file;
      const to = message.to === undefined ? {} : { to: message.to };
      return {
        kind: 'attachment',
        ...said,
        ...to,
        attachment: id,
        name: showableFileName(name),
        bytes,
        sha256,
      };
    }
  }
}
