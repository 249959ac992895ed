import type { Clock, Timer } from '../../scheduling/clock.ts';
import { readMissed } from '../hub/catch-up.ts';
import type { ReportUnshowable } from '../hub/frames.ts';
import type { EventEncoder, User } from '../hub/user.ts';
import type { StoredFile } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';
import type { Frame } from '../outbox/frame.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { OutboxSource } from '../outbox/outbox-source.ts';
import type { UserRate } from '../users/user-rates.ts';
import type { ConnectionSession } from './connection-session.ts';
import { InFlightLimit } from './in-flight-limit.ts';
import { Pace } from './pace.ts';
import type { ConnectionServices } from './services.ts';

/**
 * How a request ends the conversation; undefined when it goes on. While a promise is pending, no further request is
 * read.
 */
export type Handled<Ending> = Promise<Ending | undefined> | Ending | undefined;

/** What a protocol implements for `Peer.serve`. */
export interface PeerConversation<Item, Ending> {
  /** Returns the next complete request; undefined when more bytes are needed. */
  take(): Item | undefined;
  /** Waits for more bytes; resolves with false when none will come. */
  more(): Promise<boolean>;
  handle(item: Item): Handled<Ending>;
  /** Waits until all requests are done, with `Peer.settle`; resolves with how the conversation ends then. */
  settle(ending: Ending): Promise<Ending>;
  /** Called when the conversation is over, or has failed (`gone`): logs the user out. */
  onOver(ending: Ending): void;
  /** Sends the last words and ends the connection. */
  goodbye(ending: Ending): Promise<void>;
}

/** The user who is logged in on a peer. */
export interface PeerUser {
  readonly name: string;
  readonly user: User;
  readonly encoder: EventEncoder;
  readonly hasLeft: boolean;
  /** The spans of the user, up to the logout from this peer. */
  spans(): KeySpan[];
}

/** Makes the peers of one server. */
export class Peers {
  readonly #services: ConnectionServices;

  constructor(services: ConnectionServices) {
    this.#services = services;
  }

  /** With `isJoined` frames share writes: clients of the protocol accept any segmentation. */
  create(session: ConnectionSession, isJoined = false): Peer {
    return new Peer(session, this.#services, isJoined);
  }
}

/**
 * The far end of a connection that speaks a chat protocol: its requests are handled one by one, its messages count
 * against its in-flight limit, and everything for it goes through its outbox.
 */
export class Peer implements OutboxSource {
  readonly session: ConnectionSession;
  readonly services: ConnectionServices;
  readonly outbox: Outbox;
  readonly inFlight: InFlightLimit;
  readonly pace: Pace;
  /** The user who is logged in, or was last: catching up reads what they missed. */
  user: PeerUser | undefined;
  /** The rate of this connection, whatever names are used on it. */
  #rate: UserRate | undefined;
  /** How many missed entries catching up has read, each counted once. */
  #missed = 0;
  #countedThrough = 0;

  constructor(session: ConnectionSession, services: ConnectionServices, isJoined: boolean) {
    const { limits, clock, outboxBudget } = services;
    this.session = session;
    this.services = services;
    this.inFlight = new InFlightLimit(limits);
    this.pace = new Pace(session, services);
    this.outbox = new Outbox({
      connection: session.connection,
      budget: outboxBudget,
      limits,
      clock: new FencedClock(session, clock),
      isJoined,
      source: this,
    });
    session.outbox = this.outbox;
  }

  get rate(): UserRate {
    this.#rate ??= this.services.users.connectionRate();
    return this.#rate;
  }

  /** Handles requests in order until one ends the conversation or no more can come; then settles and leaves. */
  async serve<Item, Ending>(conversation: PeerConversation<Item, Ending | 'gone'>): Promise<void> {
    // Memory: an idle client keeps this one suspended call, so the loop does not await helpers.
    let ending: Ending | 'gone' | undefined;
    try {
      while (ending === undefined) {
        const item = conversation.take();
        if (item === undefined) {
          this.pace.rested();
          if (this.#holdsTooMuch()) this.session.fail('too many unread bytes');
          if (!(await conversation.more())) ending = 'gone';
          continue;
        }
        const turn = this.pace.begin();
        if (turn !== undefined) await turn;
        // The peer is gone, and its other requests have no budget left.
        if (this.session.isClosed && this.pace.isSpent) break;
        const repliedBytes = this.outbox.repliedBytes;
        const handled = conversation.handle(item);
        ending = handled instanceof Promise ? await handled : handled;
        const room = ending === undefined ? this.outbox.room() : undefined;
        if (room !== undefined) await room;
        const answerBytes = this.outbox.repliedBytes - repliedBytes;
        const pause = this.pace.end(answerBytes, this.user?.hasLeft ?? true);
        if (ending === undefined && pause !== undefined) await pause;
      }
      await this.services.lifecycle.next(this.session.address);
      ending = await conversation.settle(ending ?? 'gone');
    } finally {
      conversation.onOver(ending ?? 'gone');
    }
    await conversation.goodbye(ending);
  }

  /** Whether the input buffers of all connections exceed their budget, and this one holds more than a short line. */
  #holdsTooMuch(): boolean {
    const { inputs, limits, logger } = this.services;
    if (!inputs.isSpent || this.session.input.length <= limits.loginLineBytes) return false;
    logger.warn('too many unread bytes; a connection with a long line was closed');
    return true;
  }

  /** Resolves when all requests are done; during a shutdown, with `stopping` when those of all peers are done. */
  async settle<Ending>(ending: Ending): Promise<Ending | 'stopping'> {
    // Answers come when messages are stored, and a peer that closed only its own side still reads them.
    await this.allPosted();
    if (!this.session.isStopping) return ending;
    await this.session.settle();
    return 'stopping';
  }

  /** Resolves when everything for the user who logged out is sent: it comes before the answer. */
  async loggedOut(): Promise<void> {
    await this.outbox.drained();
  }

  /** Resolves when every posted message is stored or refused. */
  allPosted(): Promise<void> {
    return this.inFlight.empty();
  }

  position(): number {
    return this.services.hub.position;
  }

  /** Sends what was missed after `cursor`, then what `whenCaughtUp` returns for the number of missed entries. */
  resume(cursor: number, whenCaughtUp: (missed: number) => Uint8Array): void {
    this.#missed = 0;
    this.#countedThrough = cursor;
    this.outbox.resume(cursor, () => whenCaughtUp(this.#missed));
  }

  async read(cursor: number): Promise<{ frames: readonly Frame[]; through: number }> {
    const { hub, log } = this.services;
    const { user, reportUnshowable } = this;
    if (user === undefined) return { frames: [], through: hub.position };
    const { encoder } = user;
    const reader = { user: user.user, encoder, spans: user.spans(), reportUnshowable };
    const page = await readMissed(log, reader, cursor);
    this.#missed += page.frames.filter(({ position }) => position > this.#countedThrough).length;
    this.#countedThrough = Math.max(this.#countedThrough, page.through);
    const gap = page.prunedThrough > cursor ? encoder.gap?.(cursor + 1, page.prunedThrough) : undefined;
    return gap === undefined ? page : { ...page, frames: [gap, ...page.frames] };
  }

  get reportUnshowable(): ReportUnshowable {
    const { fence } = this.services;
    return (error, { position }) => fence.report('a message cannot be shown as it is', error, { position });
  }

  openFile(file: StoredFile): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.services.fileStore.read(file.id);
  }

  onGiveUp(reason: 'stalled' | 'failed', error?: unknown): void {
    const { logger, connection } = this.session;
    const user = this.user?.name;
    if (reason === 'stalled') logger.warn({ user }, 'reader takes nothing; closed');
    else logger.error({ user, err: error }, 'sending failed; closed');
    connection.destroy();
  }
}

/** A clock whose timers, when they throw, fail one session and nothing else. */
class FencedClock implements Clock {
  readonly #session: ConnectionSession;
  readonly #clock: Clock;

  constructor(session: ConnectionSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#session.after(delayMs, action);
  }
}
