import { Turns } from '../../scheduling/turns.ts';
import type { Log } from '../log/log.ts';
import { textBytes } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';
import type { Frame } from '../outbox/frame.ts';
import { Frames, type ReportUnshowable } from './frames.ts';
import type { EventEncoder, User } from './user.ts';

/** One page of catching up: few enough entries that neither reading nor holding them is felt. */
const pageEntries = 512;
const pageBytes = 128 * 1024;

/** Whose missed messages are asked for: what reached `user` by `spans`, as `encoder` shows it. */
export interface Reader {
  readonly user: User;
  readonly encoder: EventEncoder;
  spans(): readonly KeySpan[];
  readonly reportUnshowable: ReportUnshowable;
}

/** Every entry at or before `through` that was missed is in `frames`, or at or before `prunedThrough` and gone. */
export interface Missed {
  readonly frames: readonly Frame[];
  readonly through: number;
  readonly prunedThrough: number;
}

/**
 * What `reader` missed after `cursor`, as frames: the entries that its keys matched while it held them. The same
 * question that live delivery asks, put to the log. The log does not know devices: who hears of their own messages
 * gets those here too that this device sent.
 */
export async function readMissed(log: Log, reader: Reader, cursor: number): Promise<Missed> {
  const { user, encoder, spans } = reader;
  const page = await log.read({
    spans: spans(),
    after: cursor,
    pick: 'oldest',
    limit: pageEntries,
    maxBytes: pageBytes,
  });
  const heard = page.entries.filter((entry) => encoder.hearsOwn || entry.sender !== user.name);
  // The log may have pruned more since it looked, but nothing that it gave.
  const kept = (page.entries[0]?.position ?? page.through + 1) - 1;
  const prunedThrough = Math.min(log.prunedThrough, kept);
  const written = new Frames(encoder, reader.reportUnshowable);
  const frames: Frame[] = [];
  const turns = new Turns();
  for (const entry of heard) {
    frames.push(written.write(written.writer(entry), entry, encoder.view(user, entry)));
    await turns.after(textBytes(entry.message));
  }
  return { frames, through: page.through, prunedThrough };
}
