import type { FileSender } from '../files/quota.ts';
import type { Poster } from '../hub/hub.ts';
import type { EventEncoder, Device as HubDevice } from '../hub/user.ts';
import type { Draft, Message } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChatUser } from '../users/chat-user.ts';
import type { UserRate } from '../users/user-rates.ts';
import type { Peer } from './peer.ts';
import type { Post } from './post-queue.ts';
import type { Session } from './session.ts';

/**
 * Why a message was not stored and never will be. `too-fast`: over the rate of its user or connection. `busy`: too much
 * waits for the disk.
 */
export type NotPosted = 'too-fast' | 'busy' | 'full' | 'closed';

/** What a device hears of a message it posted: exactly one of these, in the order of the posts. */
export interface PostOutcome {
  /** It is safe at `position`, and went to `reached` others who are online. */
  onPosted(reached: number, position: number): void;
  onNotPosted(reason: NotPosted): void;
}

/** Hears in the turn in which it happens that the guest `name` becomes an account. */
export interface AccountListener {
  onAccount(name: string): void;
}

/**
 * One connection of somebody who is registered, in whichever protocol: posts within the limits of its peer and is sent
 * to through its outbox.
 */
export class Device implements HubDevice {
  readonly peer: Peer;
  readonly user: ChatUser;
  encoder: EventEncoder;
  accountListener: AccountListener | undefined;
  /** Nobody is here with it any more. */
  hasLeft = false;
  /** What let its user in is no more: nothing more of theirs is posted. */
  isRevoked = false;
  #leftAt = Number.POSITIVE_INFINITY;

  /** Takes over one hold of `user`, which `leave` gives up. */
  constructor(peer: Peer, user: ChatUser, encoder: EventEncoder) {
    const { context, connection } = peer.session;
    this.peer = peer;
    this.user = user;
    this.encoder = encoder;
    user.addDevice(this);
    peer.device = this;
    peer.outbox.begin();
    context.connectionLimiter.registered(connection);
  }

  get name(): string {
    return this.user.name;
  }

  fail(): void {
    this.session.fail('serving a device failed');
  }

  /** Whose budgets its files count against. */
  get fileSender(): FileSender {
    const { name, peer } = this;
    return { name, address: peer.address, isLoopback: peer.session.connection.isLoopback };
  }

  get session(): Session {
    return this.peer.session;
  }

  get outbox(): Outbox {
    return this.peer.outbox;
  }

  /** What the user's keys covered until this device left. */
  spans(): KeySpan[] {
    const leftAt = this.#leftAt;
    const spans = this.user.follows.spans();
    if (leftAt === Number.POSITIVE_INFINITY) return spans;
    return spans.map((span) => ({ ...span, through: Math.min(span.through, leftAt) }));
  }

  /** Posts a message at the user's rate. A promise: read no further request until it resolves. */
  post(message: Message, outcome: PostOutcome): Promise<undefined> | undefined {
    const { session } = this.peer;
    // A server that goes away takes what has come at once: it cannot wait for rates.
    const held = session.isStopping ? 0 : this.#slower().hold();
    if (held === 'refused') return this.#refuse('too-fast', outcome);
    if (held > 0) return this.#postLater(held, message, outcome);
    return this.#postNow(message, outcome);
  }

  /** `broke`: nobody said that the user leaves. */
  leave(broke = false): void {
    const { hub, users, connectionLimiter } = this.session.context;
    connectionLimiter.stranger(this.session.connection);
    this.#leftAt = hub.position;
    this.user.removeDevice(this);
    this.hasLeft = true;
    users.release(this.user, broke);
  }

  /** As `post`, but a message over the rate is not held back: it is refused. */
  postAtOnce(
    message: Message,
    retryId: string | undefined,
    outcome: PostOutcome,
  ): Promise<undefined> | undefined {
    if (this.retryAfterMs() > 0 && !this.session.isStopping) return this.#refuse('too-fast', outcome);
    return this.#postNow(message, outcome, retryId);
  }

  /** In how many milliseconds one message more is within the rates of the user and the connection. */
  retryAfterMs(): number {
    return this.#slower().delayMs();
  }

  /** The rate that holds a message back for longer. */
  #slower(): UserRate {
    const { rate } = this.user;
    return this.peer.rate.delayMs() > rate.delayMs() ? this.peer.rate : rate;
  }

  /** That a message is stored stays true, whether there is room for others or not. */
  async #refuseUnlessStored(
    reason: NotPosted,
    outcome: PostOutcome,
    retryId: string | undefined,
  ): Promise<undefined> {
    await this.peer.inFlight.empty();
    const position = retryId === undefined ? undefined : await this.positionOf(retryId);
    if (position === undefined) outcome.onNotPosted(reason);
    else outcome.onPosted(0, position);
    return undefined;
  }

  async #refuse(reason: NotPosted, outcome: PostOutcome): Promise<undefined> {
    await this.peer.inFlight.empty();
    outcome.onNotPosted(reason);
    return undefined;
  }

  async #postLater(delayMs: number, message: Message, outcome: PostOutcome): Promise<undefined> {
    await new Promise<void>((resolve) => {
      this.session.after(delayMs, resolve);
    });
    if (this.isRevoked) return this.#refuse('closed', outcome);
    return this.#postNow(message, outcome);
  }

  #postNow(message: Message, outcome: PostOutcome, retryId?: string): Promise<undefined> | undefined {
    const { inFlight } = this.peer;
    const { hub, clock, posts } = this.session.context;
    const bytes = message.kind === 'attachment' ? 0 : message.text.length * 2;
    const poster: Poster = {
      device: this,
      onPosted({ position }, reached) {
        inFlight.leave(bytes);
        posts.finished(bytes);
        outcome.onPosted(reached, position);
      },
      onNotPosted(reason) {
        inFlight.leave(bytes);
        posts.finished(bytes);
        outcome.onNotPosted(reason);
      },
    };
    const own = { timeMs: clock.nowMs(), sender: this.name, message };
    const draft: Draft = retryId === undefined ? own : { ...own, retryId: this.#scoped(retryId) };
    const post: Post = {
      sender: this.name,
      address: this.peer.address,
      isLoopback: this.session.connection.isLoopback,
      bytes,
      run: () => hub.post(draft, poster),
    };
    const submitted = posts.submit(post);
    if (submitted !== 'taken') return this.#refuseUnlessStored(submitted, outcome, retryId);
    this.peer.pace.giveBack();
    this.user.rate.spend(bytes);
    this.peer.rate.spend(bytes);
    inFlight.enter(bytes);
    return inFlight.room();
  }

  /** Where the log has what this user sent under `retryId`. */
  positionOf(retryId: string): Promise<number | undefined> {
    return this.session.context.log.positionOf(this.name, this.#scoped(retryId));
  }

  #scoped(retryId: string): string {
    return `${this.user.retryScope} ${retryId}`;
  }
}
