import { textCarries } from '../../protocol/phrases.ts';
import { keyOfTerm } from '../../protocol/terms.ts';
import { everything } from '../../protocol/words.ts';
import { Turns } from '../../scheduling/turns.ts';
import type { Device } from '../connection/device.ts';
import type { Log } from '../log/log.ts';
import { isCovered } from '../messages/carried.ts';
import { type Entry, memoryBytes, recipientOf } from '../messages/entry.ts';
import { type KeySpan, privateFrom, privateTo } from '../messages/keys.ts';

/** Maximum bytes of text in one answer; the client has to ask again for the rest. */
const maxBytes = 1024 * 1024;
const pageEntries = 256;
/** The search for a rare word may read every private message: each page costs as much as this many requests. */
const requestsPerPage = 4;

/** Selects a part of what the user may read. */
export interface HistoryQuery {
  /** Only positions before this one. */
  readonly before?: number | undefined;
  /** Only positions after this one, and the oldest of them. Without it, the newest entries. */
  readonly after?: number | undefined;
  readonly limit: number;
  /** Only entries that carry this term. */
  readonly match?: string | undefined;
}

export interface HistoryPage {
  /** The oldest first. */
  readonly entries: readonly Entry[];
  /** Positions of the requested range that retention has pruned, both inclusive; undefined when there are none. */
  readonly pruned: { readonly from: number; readonly to: number } | undefined;
}

/**
 * The part of the log that a user may read: what their follows covered while they held them, what was sent to them
 * alone, and what they sent themselves.
 */
export class History {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  async read(device: Device, { before, after, limit, match }: HistoryQuery): Promise<HistoryPage> {
    // Messages that the user has just sent are part of it.
    await device.peer.allPosted();
    const range = { after: after ?? 0, pick: after === undefined ? 'newest' : 'oldest', limit } as const;
    const view = through(device.spans(), (before ?? Number.POSITIVE_INFINITY) - 1);
    const selection =
      match === undefined || match === everything ? { spans: view } : carrying(match, view, device);
    return this.#page(device, { ...range, ...selection });
  }

  /** Returns the newest entries after the position `since` that carry a term which the user has just followed. */
  async ofTerm(device: Device, term: string, since: number, limit: number): Promise<HistoryPage> {
    const key = keyOfTerm(term);
    // Another device may have unfollowed it meanwhile.
    const end = device.user.follows.heldAfter(key) ?? device.peer.position();
    return this.#page(device, {
      spans: [{ key, after: since, through: end }],
      pick: 'newest',
      after: since,
      limit,
    });
  }

  async #page(device: Device, selection: Selection): Promise<HistoryPage> {
    const entries = await this.#select(device, selection);
    // When the newest entries alone reach the limit, nothing older was asked for.
    const isWhole = selection.pick === 'oldest' || entries.length < selection.limit;
    return { entries, pruned: isWhole ? this.#prunedOf(selection) : undefined };
  }

  #prunedOf({ spans, after }: Selection): HistoryPage['pruned'] {
    const from = Math.max(after, Math.min(...spans.map((span) => span.after))) + 1;
    const end = Math.max(...spans.map((span) => span.through));
    const to = Math.min(end, this.#log.prunedThrough);
    return to >= from ? { from, to } : undefined;
  }

  async #select({ peer }: Device, selection: Selection): Promise<readonly Entry[]> {
    const { pick, limit, isWanted } = selection;
    const turns = new Turns();
    const selected: Entry[] = [];
    let { spans, after } = selection;
    const { head } = this.#log;
    let bytesLeft = maxBytes;
    for (;;) {
      const page = await this.#log.read({ spans, after, pick, limit: pageEntries, maxBytes });
      await peer.pace.charge(requestsPerPage);
      const inOrder = pick === 'oldest' ? page.entries : page.entries.toReversed();
      for (const entry of inOrder) {
        if (selected.length >= limit || bytesLeft <= 0) break;
        if (isWanted !== undefined) {
          const isIn = isWanted(entry);
          await turns.after(memoryBytes(entry.message));
          if (!isIn) continue;
        }
        selected.push(entry);
        bytesLeft -= memoryBytes(entry.message);
      }
      const isOver = pick === 'oldest' ? page.through >= head : page.after <= after;
      if (isOver || selected.length >= limit || bytesLeft <= 0 || peer.session.isClosed) break;
      if (pick === 'oldest') after = page.through;
      else spans = through(spans, page.after);
    }
    return pick === 'oldest' ? selected : selected.reverse();
  }
}

interface Selection {
  readonly spans: readonly KeySpan[];
  readonly after: number;
  /** Which to return when there are more than `limit`. */
  readonly pick: 'oldest' | 'newest';
  readonly limit: number;
  readonly isWanted?: (entry: Entry) => boolean;
}

/**
 * Selects the part of `view` that carries `term`. The log indexes no words of private messages: their texts are
 * searched.
 */
function carrying(
  term: string,
  view: readonly KeySpan[],
  { name }: Device,
): Pick<Selection, 'spans' | 'isWanted'> {
  const key = keyOfTerm(term);
  const privateKeys = [privateTo(name), privateFrom(name)];
  const inPrivate = view.filter((span) => privateKeys.includes(span.key));
  // Within the view: otherwise a new user could make the server search the whole log.
  const after = Math.min(...view.map((span) => span.after));
  const last = Math.max(0, ...view.map((span) => span.through));
  return {
    spans: [{ key, after, through: last }, ...inPrivate],
    isWanted(entry) {
      const { message } = entry;
      if (recipientOf(message) === undefined) return isCovered(entry, view);
      return message.kind === 'private' && textCarries(message.text, key);
    },
  };
}

function through(spans: readonly KeySpan[], last: number): KeySpan[] {
  return spans.map((span) => ({ ...span, through: Math.min(span.through, last) }));
}
