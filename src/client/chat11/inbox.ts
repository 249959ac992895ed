import type { EventOf } from '../../protocol/chat11/event.ts';
import type { ChatAttachment, ChatMessage, ClientEvents } from '../client.ts';
import type { Place } from '../host.ts';

/** The events that have a place in the order of positions. */
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
 * What a user hears, once and in order, through any number of connections. Its cursor is what a connection resumes at:
 * everything up to there has been told.
 *
 * The server does not know which device said what once it reads from its log: a client that resumes gets its own
 * messages back. Those whose positions it knows from their answers are dropped. While it waits for the answers to texts
 * that it repeated, the first message of its own user that it cannot place holds up everything behind it; at most 4,096
 * events, beyond which the user would hear of their own text rather than of nothing.
 */
export class Inbox {
  readonly #name: string;
  readonly #handlers: InboxHandlers;
  /** Whether a text may be stored of which the position is not known yet. */
  readonly #isUnsure: () => boolean;
  #place: Place | undefined;
  /** The position that this connection was resumed at, until it has caught up. */
  #resumedAt: number | undefined;
  /** Of the newest message when this connection's user was let in. */
  #head = 0;
  /** Positions behind the cursor of what this client said. */
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

  /** What is told now was missed, or comes before what was missed has been told. */
  get isCatchingUp(): boolean {
    return this.#resumedAt !== undefined;
  }

  /** Whether a gap from `position` on is one of what was missed: that is told first, before anything else moves the place. */
  isMissing(position: number): boolean {
    return this.#resumedAt === position - 1 && this.#cursor === this.#resumedAt;
  }

  /** Where an earlier run left off. Before the first connection. */
  restore(place: Place): void {
    this.#place = place;
  }

  /** The connection's user was let in where the server stands at `head`; nothing that was missed will come. */
  begin(head: Place): void {
    this.#held = [];
    this.#resumedAt = undefined;
    this.#head = head.position;
    const before = this.#place;
    this.#place = head;
    this.#own.clear();
    if (before === undefined) return;
    if (before.epoch !== head.epoch) this.#handlers.onReset({ epoch: head.epoch });
    else if (before.position < head.position) {
      this.#handlers.onGap({ from: before.position + 1, to: head.position });
    }
  }

  /** The same, and what came behind the cursor will be told. */
  resume(head: Place): void {
    this.#held = [];
    this.#resumedAt = this.#place?.position;
    this.#head = head.position;
  }

  /** The connection is gone: what was held up will come again. */
  stop(): void {
    this.#held = [];
    this.#resumedAt = undefined;
  }

  /** What this client said stands at `position`. */
  onStored(position: number): void {
    if (position > this.#cursor) this.#own.add(position);
    this.#passOwn();
    const [oldest] = this.#own;
    if (this.#own.size > maxOwn && oldest !== undefined) this.#own.delete(oldest);
  }

  /** To be called when `isUnsure` may have changed, once the answer that changed it has been taken in. */
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
        // Before telling: a listener that looks sees the place that includes what it was told.
        this.#moveTo(event.position);
        if (!isOwn) this.#handlers.onEntry(entryOf(event, this.#name));
        return;
      }
      case 'caught-up':
        // So many messages were said since, so the newest of them is at least that far behind.
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
    // They were added in about this order; the bound takes care of one that was not.
    for (const own of this.#own) {
      if (own >= position) break;
      this.#own.delete(own);
    }
    this.#passOwn();
  }

  /** Behind the cursor stands what this client said: there is nothing to be told of it. */
  #passOwn(): void {
    while (this.#place !== undefined && this.#own.delete(this.#place.position + 1)) {
      this.#place = { ...this.#place, position: this.#place.position + 1 };
    }
  }
}

/** An event as listeners get it. */
export function entryOf(
  event: EventOf<'message' | 'attachment'>,
  ownName: string,
): ChatMessage | ChatAttachment {
  const { position, from, to, timeMs, matched = [], replay = false } = event;
  const said = { position, from, to, timeMs, matched, isReplay: replay, isOwn: from === ownName };
  if (event.kind === 'message') return { kind: 'message', ...said, text: event.text };
  const { attachment: id, name, bytes, sha256 } = event;
  return { kind: 'attachment', ...said, id, name, bytes, sha256 };
}
