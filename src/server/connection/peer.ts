import type { Clock, Timer } from '../../scheduling/clock.ts';
import { addressGroup } from '../../transport/address-group.ts';
import { readMissed } from '../hub/catch-up.ts';
import type { Entry, StoredFile } from '../messages/entry.ts';
import type { Frame } from '../outbox/frame.ts';
import type { FrameJoiner } from '../outbox/frame-joiner.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { OutboxSource } from '../outbox/outbox-source.ts';
import type { UserRate } from '../users/user-rates.ts';
import type { Device } from './device.ts';
import { InFlightLimit } from './in-flight-limit.ts';
import { Pace } from './pace.ts';
import type { Session } from './session.ts';

/** What came of a line or a request: how it ends the conversation, if it does. A promise: read no further until it resolves. */
export type Handled<Ending> = Promise<Ending | undefined> | Ending | undefined;

/** A protocol's side of what is said on a connection. */
export interface PeerConversation<Item, Ending> {
  /** The next request that is here whole. */
  take(): Item | undefined;
  /** Waits for more bytes; false when none will come. */
  more(): Promise<boolean>;
  handle(item: Item): Handled<Ending>;
  /** Has what was asked for done, by `Peer.settle`; resolves with how it ends after all. */
  settle(ending: Ending): Promise<Ending>;
  /** It is over: nobody is here any more. Also when it failed, which is `gone`. */
  onOver(ending: Ending): void;
  /** The last words, and the end of the connection. */
  goodbye(ending: Ending): Promise<void>;
}

/**
 * The far end of a connection that speaks a chat protocol, whichever: its requests come in one by one, its messages
 * count against its in-flight limit, and all that it is sent leaves through its outbox.
 */
export class Peer implements OutboxSource {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly inFlight: InFlightLimit;
  readonly pace: Pace;
  /** As whom it is here, or was last: what it missed is what this device missed. */
  device: Device | undefined;
  /** What was sent on this connection, whatever names were taken on it. */
  #rate: UserRate | undefined;
  #address: string | undefined;
  /** How many missed entries were read for it. */
  missed = 0;

  /** `joiner`: its protocol does not mind how what it is sent is cut into segments. */
  constructor(session: Session, joiner?: FrameJoiner) {
    const { context } = session;
    this.session = session;
    this.inFlight = new InFlightLimit(context.limits);
    this.pace = new Pace(session);
    this.outbox = new Outbox({
      connection: session.connection,
      budget: context.outboxBudget,
      limits: context.limits,
      clock: new FencedClock(session),
      ...(joiner && { joiner }),
      source: this,
    });
    session.outbox = this.outbox;
  }

  get rate(): UserRate {
    this.#rate ??= this.session.context.users.connectionRate();
    return this.#rate;
  }

  /** What counts as one address with others. */
  get address(): string {
    this.#address ??= addressGroup(this.session.connection.remoteAddress);
    return this.#address;
  }

  /** Serve, settle, leave: requests are handled one after the other until one ends it, or no more will come. */
  async serve<Item, Ending>(conversation: PeerConversation<Item, Ending | 'gone'>): Promise<void> {
    // While a client says nothing this function is kept for it, so no other one is called that waits.
    let ending: Ending | 'gone' | undefined;
    try {
      while (ending === undefined) {
        const item = conversation.take();
        if (item === undefined) {
          this.pace.rested();
          if (this.#holdsTooMuch()) this.session.fail('too much waits to be read');
          if (!(await conversation.more())) ending = 'gone';
          continue;
        }
        this.pace.begin();
        const repliedBytes = this.outbox.repliedBytes;
        const handled = conversation.handle(item);
        ending = handled instanceof Promise ? await handled : handled;
        const room = ending === undefined ? this.outbox.room() : undefined;
        if (room !== undefined) await room;
        const answerBytes = this.outbox.repliedBytes - repliedBytes;
        const pause = this.pace.end(answerBytes, this.device?.hasLeft ?? true);
        if (ending === undefined && pause !== undefined) await pause;
        // Whoever is gone is not answered, and whatever else they asked for has no budget left.
        if (this.session.isClosed && this.pace.isSpent) ending ??= 'gone';
      }
      ending = await conversation.settle(ending);
    } finally {
      conversation.onOver(ending ?? 'gone');
    }
    await conversation.goodbye(ending);
  }

  /** All connections together hold more than they may, and this one has more than a short line of it. */
  #holdsTooMuch(): boolean {
    const { inputs, limits, logger } = this.session.context;
    if (!inputs.isSpent || this.session.input.length <= limits.loginLineBytes) return false;
    logger.warn('too much waits to be read; a connection with a long line was closed');
    return true;
  }

  /** Resolves when all that was asked for is done; with `stopping` when the server goes away and everybody is so far. */
  async settle<Ending>(ending: Ending): Promise<Ending | 'stopping'> {
    // Answers come when a message is safe, and whoever closed its own side only may still read them.
    await this.allPosted();
    if (!this.session.isStopping) return ending;
    await this.session.settle();
    return 'stopping';
  }

  /** Resolves when every message that was posted is either safe or refused. */
  allPosted(): Promise<void> {
    return this.inFlight.empty();
  }

  position(): number {
    return this.session.context.hub.position;
  }

  async read(cursor: number): Promise<{ frames: readonly Frame[]; through: number }> {
    const { hub, log } = this.session.context;
    const { device } = this;
    if (device === undefined) return { frames: [], through: hub.position };
    const reader = {
      user: device.user,
      encoder: device.encoder,
      spans: () => device.spans(),
      reportUnshowable: (error: unknown, { position }: Entry) =>
        this.session.context.fence.report('a message cannot be shown as it is', error, { position }),
    };
    const page = await readMissed(log, reader, cursor);
    this.missed += page.frames.length;
    const gap =
      page.prunedThrough > cursor ? device.encoder.gap?.(cursor + 1, page.prunedThrough) : undefined;
    return gap === undefined ? page : { ...page, frames: [gap, ...page.frames] };
  }

  openFile(file: StoredFile): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.session.context.spool.read(file.id);
  }

  onGiveUp(reason: 'stalled' | 'failed', error?: unknown): void {
    const { logger, connection } = this.session;
    const user = this.device?.name;
    if (reason === 'stalled') logger.warn({ user }, 'reader takes nothing; closed');
    else logger.error({ user, err: error }, 'sending failed; closed');
    connection.destroy();
  }
}

/** The session's clock, on which a timer of this peer costs nobody else anything. */
class FencedClock implements Clock {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  nowMs(): number {
    return this.#session.context.clock.nowMs();
  }

  monotonicMs(): number {
    return this.#session.context.clock.monotonicMs();
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#session.after(delayMs, action);
  }
}
