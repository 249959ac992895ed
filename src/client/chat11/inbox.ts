import type { EventOf } from '../../protocol/chat11/event.ts';
import type { ChatAttachment, ChatMessage, ClientEvents } from '../client.ts';
import type { Place } from '../place.ts';

/** The events that are delivered in the order of positions. */
export type Placed = EventOf<'message' | 'attachment' | 'caught-up' | 'gap' | 'reset'>;

export interface InboxHandlers {
  onEntry(entry: ChatMessage | ChatAttachment): void;
  onCaughtUp(what: ClientEvents['caught-up']): void;
  onGap(what: ClientEvents['gap']): void;
  onReset(what: ClientEvents['reset']): void;
}

const maxHeld = 4_096;
const maxOwn = 65_536;

/**
 * Delivers entries once and in order, across connections. A connection resumes from the inbox's cursor: everything up
 * to it was delivered.
 *
 * Own echoes: entries that the server reads from its log do not name the sending device, so a client that resumes, or
 * that the server found too slow, gets its own messages back. The inbox drops those whose positions it knows from the
 * responses. While a text has no response, a message of this user at an unknown position may be its echo, which comes
 * before the response when the server reads its log just then: the inbox holds it and all later events back. Above
 * 4,096 held events it delivers them all the same, because an echo is better than silence.
 */
export class Inbox {
  readonly #name: string;
  readonly #handlers: InboxHandlers;
  /** Whether something may be stored at a position that is not known yet. */
  readonly #isUnsure: () => boolean;
  #place: Place | undefined;
  /** The cursor with which this connection logged in, until it has caught up. */
  #resumedAt: number | undefined;
  /** The newest position of the log when this connection logged in. */
  #head = 0;
  /** Positions after the cursor of what this client sent. */
  readonly #own = new Set<number>();
  #held: Placed[] = [];

  constructor(name: string, handlers: InboxHandlers, isUnsure: () => boolean) {
    this.#name = name;
    this.#handlers = handlers;
    this.#isUnsure = isUnsure;
  }

  get place(): Place | undefined {
    return this.#place;
  }

  /** Whether the client is still catching up. */
  get isCatchingUp(): boolean {
    return this.#resumedAt !== undefined;
  }

  /** Whether a gap from `position` on belongs to catching up: that one comes first, before the cursor moves. */
  isMissing(position: number): boolean {
    return this.#resumedAt === position - 1 && this.#cursor === this.#resumedAt;
  }

  /** Sets the cursor of an earlier run. Call it before the first connection. */
  restore(place: Place): void {
    this.#place = place;
  }

  /** Logged in at the log's end, `head`, without catching up. */
  begin(head: Place): void {
    this.#held = [];
    this.#resumedAt = undefined;
    this.#head = head.position;
    const before = this.#place;
    this.#place = head;
    this.#own.clear();
    if (before === undefined) return;
    if (before.epoch !== head.epoch || before.position > head.position) {
      this.#handlers.onReset({ epoch: head.epoch });
    } else if (before.position < head.position) {
      this.#handlers.onGap({ from: before.position + 1, to: head.position });
    }
  }

  /** Logged in when the log's end was `head`; the server sends everything after the cursor first. */
  resume(head: Place): void {
    this.#held = [];
    this.#resumedAt = this.#place?.position;
    this.#head = head.position;
  }

  /** The connection ended. Drops held events, which the next connection brings again. */
  stop(): void {
    this.#held = [];
    this.#resumedAt = undefined;
  }

  /** This client's own message is stored at `position`. */
  onStored(position: number): void {
    if (position > this.#cursor) this.#own.add(position);
    this.#passOwn();
    const [oldest] = this.#own;
    if (this.#own.size > maxOwn && oldest !== undefined) this.#own.delete(oldest);
  }

  /** Call it when `isUnsure` may have changed, after `onStored` for the response that changed it. */
  onAnswered(): void {
    this.#release();
  }

  onEvent(event: Placed): void {
    this.#held.push(event);
    this.#release();
  }

  #release(): void {
    while (this.#held.length > 0) {
      const [event] = this.#held;
      if (event === undefined || (this.#mustWait(event) && this.#held.length <= maxHeld)) return;
      this.#held.shift();
      this.#tell(event);
    }
  }

  #mustWait(event: Placed): boolean {
    if (event.kind !== 'message' && event.kind !== 'attachment') return false;
    const { from, position } = event;
    return from === this.#name && position > this.#cursor && !this.#own.has(position) && this.#isUnsure();
  }

  get #cursor(): number {
    return this.#place?.position ?? 0;
  }

  #tell(event: Placed): void {
    switch (event.kind) {
      case 'message':
      case 'attachment': {
        if (event.position <= this.#cursor) return;
        const isOwn = this.#own.delete(event.position);
        // Before the handler, so that a listener that reads the cursor sees one that includes this entry.
        this.#moveTo(event.position);
        if (!isOwn) this.#handlers.onEntry(entryOf(event, this.#name));
        return;
      }
      case 'caught-up':
        // `of` messages were stored since, so the newest of them is at least `of` positions further.
        if (this.#resumedAt !== undefined) this.#moveTo(this.#resumedAt + event.of);
        this.#resumedAt = undefined;
        this.#handlers.onCaughtUp({ matched: event.matched, of: event.of });
        return;
      case 'gap':
        this.#moveTo(event.to);
        this.#handlers.onGap({ from: event.from, to: event.to });
        return;
      case 'reset':
        this.#resumedAt = undefined;
        this.#own.clear();
        this.#place = { position: this.#head, epoch: event.epoch };
        this.#handlers.onReset({ epoch: event.epoch });
        return;
    }
  }

  #moveTo(position: number): void {
    if (this.#place === undefined || position <= this.#place.position) return;
    this.#place = { ...this.#place, position };
    // The set is in about ascending order; `maxOwn` takes care of a straggler.
    for (const own of this.#own) {
      if (own >= position) break;
      this.#own.delete(own);
    }
    this.#passOwn();
  }

  /** Moves the cursor over own messages that follow it, as they are not delivered. */
  #passOwn(): void {
    while (this.#place !== undefined && this.#own.delete(this.#place.position + 1)) {
      this.#place = { ...this.#place, position: this.#place.position + 1 };
    }
  }
}

/** Converts a protocol event to what listeners get. */
export function entryOf(
  event: EventOf<'message' | 'attachment'>,
  ownName: string,
): ChatMessage | ChatAttachment {
  const { position, from, to, timeMs, phrases = [], matched: words = [], replay = false } = event;
  const matched = [...phrases, ...words];
  const said = { position, from, to, timeMs, matched, isReplay: replay, isOwn: from === ownName };
  if (event.kind === 'message') return { kind: 'message', ...said, text: event.text };
  const { attachment: id, name, bytes, sha256 } = event;
  return { kind: 'attachment', ...said, id, name, bytes, sha256 };
}
