import { Turns } from '../../scheduling/turns.ts';
import type { Log } from '../log/log.ts';
import { memoryBytes } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';
import type { Frame } from '../outbox/frame.ts';
import { encodeSafely, type ReportUnshowable } from './frames.ts';
import type { EventEncoder, User } from './user.ts';

/** A page of catching up: small enough that reading it and keeping it in memory costs little. */
const pageEntries = 512;
const pageBytes = 128 * 1024;

/** The user to catch up for, their spans, and the encoder of their connection. */
export interface Reader {
  readonly user: User;
  readonly encoder: EventEncoder;
  readonly spans: readonly KeySpan[];
  readonly reportUnshowable: ReportUnshowable;
}

/** `frames` holds every missed entry at or before `through`, except pruned ones, at or before `prunedThrough`. */
export interface Missed {
  readonly frames: readonly Frame[];
  readonly through: number;
  readonly prunedThrough: number;
}

/**
 * Returns what `reader` missed after `cursor`: entries that its keys matched while it held them, by the rule of live
 * delivery. The log does not know devices, so a reader who gets their own messages gets those of this device, too.
 */
export async function readMissed(log: Log, reader: Reader, cursor: number): Promise<Missed> {
  const { user, encoder, spans, reportUnshowable } = reader;
  const page = await log.read({
    spans,
    after: cursor,
    pick: 'oldest',
    limit: pageEntries,
    maxBytes: pageBytes,
  });
  const heard = page.entries.filter((entry) => encoder.hearsOwn || entry.sender !== user.name);
  // The log may have pruned more since the read, but no entry of the page.
  const kept = (page.entries[0]?.position ?? page.through + 1) - 1;
  const prunedThrough = Math.min(log.prunedThrough, kept);
  const frames: Frame[] = [];
  const turns = new Turns();
  for (const entry of heard) {
    frames.push(encodeSafely(encoder, entry, reportUnshowable)(encoder.variant(user, entry)));
    await turns.after(memoryBytes(entry.message));
  }
  return { frames, through: page.through, prunedThrough };
}
