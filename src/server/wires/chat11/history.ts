import type { RequestOf } from '../../../protocol/chat11/request.ts';
import { everything, wordsOf } from '../../../protocol/words.ts';
import { Turns } from '../../../scheduling/turns.ts';
import type { Device } from '../../connection/device.ts';
import { type Entry, recipientOf, textBytes } from '../../messages/entry.ts';
import type { KeySpan } from '../../messages/keys.ts';
import { isCovered, keyOfTerm, privateFrom, privateTo } from '../../messages/keys.ts';
import type { Conversation } from './conversation.ts';
import { replayOf } from './encoder.ts';

const defaultEntries = 20;
/** Texts beyond this many bytes are left out; whoever wants more asks again. */
const maxBytes = 1024 * 1024;

/** HISTORY: one's own view, what reached one and what one said. */
export async function history(
  conversation: Conversation,
  { before, after, limit = defaultEntries, match }: RequestOf<'history'>,
  device: Device,
): Promise<undefined> {
  const range = { after: after ?? 0, pick: after === undefined ? 'newest' : 'oldest', limit } as const;
  const view = through(device.spans(), (before ?? Number.POSITIVE_INFINITY) - 1);
  const selection =
    match === undefined || match === everything ? { spans: view } : carrying(match, view, device);
  await replay(conversation, device, { ...range, ...selection });
  return conversation.answer({ kind: 'history' });
}

export interface Selection {
  readonly spans: readonly KeySpan[];
  readonly after: number;
  /** Which to give when there are more than `limit`. */
  readonly pick: 'oldest' | 'newest';
  readonly limit: number;
  readonly isWanted?: (entry: Entry) => boolean;
}

/** Sends what was selected, oldest first, and before that what of the range is no longer kept. */
export async function replay(
  conversation: Conversation,
  device: Device,
  selection: Selection,
): Promise<void> {
  const entries = await select(conversation, selection);
  // With as many of the newest as were asked for nothing older was looked at.
  if (selection.pick === 'oldest' || entries.length < selection.limit)
    conversation.tellGap(...rangeOf(selection));
  const { fence } = conversation.session.context;
  const report = (error: unknown, { position }: Entry): void =>
    fence.report('a message cannot be shown as it is', error, { position });
  const events: Uint8Array[] = [];
  const turns = new Turns();
  for (const entry of entries) {
    events.push(replayOf(entry, device.user, report));
    await turns.after(textBytes(entry.message));
  }
  // Nothing that is said meanwhile comes between them.
  for (const event of events) conversation.tell(event);
}

async function select(conversation: Conversation, selection: Selection): Promise<readonly Entry[]> {
  const { session } = conversation;
  const { log } = session.context;
  const { pick, limit, isWanted } = selection;
  const turns = new Turns();
  const selected: Entry[] = [];
  let { spans, after } = selection;
  let bytesLeft = maxBytes;
  for (;;) {
    const page = await log.read({ spans, after, pick, limit: pageEntries, maxBytes: maxBytes });
    await conversation.peer.pace.charge(requestsPerPage);
    const inOrder = pick === 'oldest' ? page.entries : page.entries.toReversed();
    for (const entry of inOrder) {
      if (selected.length >= limit || bytesLeft <= 0) break;
      if (isWanted !== undefined) {
        const isIn = isWanted(entry);
        await turns.after(textBytes(entry.message));
        if (!isIn) continue;
      }
      selected.push(entry);
      bytesLeft -= textBytes(entry.message);
    }
    const last = inOrder.at(-1);
    if (last === undefined || selected.length >= limit || bytesLeft <= 0 || session.isClosed) break;
    if (pick === 'oldest') after = last.position;
    else spans = through(spans, last.position - 1);
  }
  return pick === 'oldest' ? selected : selected.reverse();
}

const pageEntries = 256;
/** A rare word may have every private message looked through: each page is paid for like so many requests. */
const requestsPerPage = 4;

/**
 * What of one's view carries `term`. No term finds a private message, so among those that one may see it is looked for
 * in the text.
 */
function carrying(
  term: string,
  view: readonly KeySpan[],
  { name }: Device,
): Pick<Selection, 'spans' | 'isWanted'> {
  const key = keyOfTerm(term);
  const privateKeys = [privateTo(name), privateFrom(name)];
  const inPrivate = view.filter((span) => privateKeys.includes(span.key));
  // Not a step outside of the view: whoever has just come would have the whole log looked through.
  const after = Math.min(...view.map((span) => span.after));
  const last = Math.max(0, ...view.map((span) => span.through));
  return {
    spans: [{ key, after, through: last }, ...inPrivate],
    isWanted(entry) {
      const { message } = entry;
      if (recipientOf(message) === undefined) return isCovered(entry, view);
      return message.kind === 'private' && wordsOf(message.text).has(key);
    },
  };
}

function through(spans: readonly KeySpan[], last: number): KeySpan[] {
  return spans.map((span) => ({ ...span, through: Math.min(span.through, last) }));
}

/** The positions that were asked about: behind the first, up to the second. */
function rangeOf({ spans, after }: Selection): [number, number] {
  const first = Math.min(...spans.map((span) => span.after));
  return [Math.max(after, first), Math.max(...spans.map((span) => span.through))];
}
