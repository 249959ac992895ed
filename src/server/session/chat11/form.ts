import { eventWriter, formatEvent, type Unmatched } from '../../../protocol/chat11/event.ts';
import type { User, WireForm } from '../../hub/user.ts';
import { type Entry, recipientOf } from '../../log/entry.ts';
import { keysOf } from '../../log/keys.ts';
import type { Frame } from '../../outbox/frame.ts';

/** How entries look in CHAT/1.1: each reader is told by which of their terms they got it. */
export const chat11Form: WireForm = {
  hearsOwn: true,
  writer(entry) {
    const write = eventWriter(eventOf(entry));
    const keys = keysOf(entry.sender, entry.message);
    const frames = new Map<string, Frame>();
    return (reader) => {
      const matched = matchedBy(entry, keys, reader);
      // No term holds a TAB. Most readers matched by one.
      const [only = ''] = matched;
      const which = matched.length > 1 ? matched.join('\t') : only;
      const known = frames.get(which);
      if (known !== undefined) return known;
      const frame = { bytes: write(matched), position: entry.position };
      frames.set(which, frame);
      return frame;
    };
  },
  gap: (from, to) => ({ bytes: formatEvent({ kind: 'gap', from, to }), position: to }),
};

/** `entry` as an event that was asked for. */
export function replayOf(entry: Entry, reader: User): Uint8Array {
  const keys = keysOf(entry.sender, entry.message);
  return eventWriter({ ...eventOf(entry), replay: true })(matchedBy(entry, keys, reader));
}

function matchedBy(entry: Entry, keys: ReadonlySet<string>, reader: User): readonly string[] {
  if (recipientOf(entry.message) !== undefined || entry.sender === reader.name) return [];
  return reader.follows.matched(keys, entry.position);
}

function eventOf({ position, timeMs, sender, message }: Entry): Unmatched {
  const said = { position, from: sender, timeMs };
  switch (message.kind) {
    case 'text':
    case 'broadcast':
      return { kind: 'message', ...said, text: message.text };
    case 'private':
      return { kind: 'message', ...said, to: message.to, text: message.text };
    case 'attachment': {
      const { id, name, bytes, sha256 } = message.file;
      const to = message.to === undefined ? {} : { to: message.to };
      return { kind: 'attachment', ...said, ...to, attachment: id, name, bytes, sha256 };
    }
  }
}
