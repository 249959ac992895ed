import type { FileSender } from '../files/quota.ts';
import type { EventEncoder } from '../hub/user.ts';
import type { Draft, Message } from '../messages/entry.ts';
import type { KeySpan } from '../messages/keys.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChatUser, UserDevice } from '../users/chat-user.ts';
import type { UserRate } from '../users/user-rates.ts';
import type { ConnectionSession } from './connection-session.ts';
import type { Peer, PeerUser } from './peer.ts';
import { type NotPosted, PostedMessage, type PostOutcome } from './posted-message.ts';

/** Hears that the guest of a device has become an account. */
export interface AccountListener {
  onAccount(): void;
}

/**
 * A peer on which a user is logged in, from login to logout, whatever the protocol. It posts within the rates of user
 * and peer, and gets deliveries through the peer's outbox.
 */
export class Device implements UserDevice, PeerUser {
  readonly peer: Peer;
  readonly user: ChatUser;
  /** The peer's. */
  readonly outbox: Outbox;
  encoder: EventEncoder;
  /** Called when the guest becomes an account, in the same tick. */
  accountListener: AccountListener | undefined;
  hasLeft = false;
  /** The grant was revoked: nothing more is posted. */
  isRevoked = false;
  #leftAt = Number.POSITIVE_INFINITY;

  /** `user` is retained already; `leave` releases it. */
  constructor(peer: Peer, user: ChatUser, encoder: EventEncoder) {
    this.peer = peer;
    this.user = user;
    this.outbox = peer.outbox;
    this.encoder = encoder;
    user.addDevice(this);
    peer.user = this;
    peer.outbox.begin();
    peer.services.connectionLimiter.registered(peer.session.connection);
    peer.session.userName = user.name;
  }

  get name(): string {
    return this.user.name;
  }

  fail(): void {
    this.session.fail('serving a device failed');
  }

  onAccount(): void {
    this.accountListener?.onAccount();
  }

  get address(): string {
    return this.session.address;
  }

  get isLoopback(): boolean {
    return this.session.connection.isLoopback;
  }

  /** Whose quotas its files count against. */
  get fileSender(): FileSender {
    const { name, address, isLoopback } = this;
    return { name, address, isLoopback };
  }

  get session(): ConnectionSession {
    return this.peer.session;
  }

  spans(): KeySpan[] {
    const leftAt = this.#leftAt;
    const spans = this.user.follows.spans();
    if (leftAt === Number.POSITIVE_INFINITY) return spans;
    return spans.map((span) => ({ ...span, through: Math.min(span.through, leftAt) }));
  }

  /** Posts a message, held back while it exceeds the rate. While a promise is pending, read no further request. */
  postHeldBack(message: Message, outcome: PostOutcome): Promise<undefined> | undefined {
    const { session } = this.peer;
    // A server that shuts down stores at once what it has received.
    const held = session.isStopping ? 0 : this.#slower().hold();
    if (held === 'refused') return this.#refuse('too-fast', outcome);
    if (held > 0) return this.#postLater(held, message, outcome);
    return this.#postNow(message, outcome);
  }

  /** `broke`: the connection broke without a goodbye. */
  leave(broke = false): void {
    const { hub, users, connectionLimiter } = this.peer.services;
    connectionLimiter.stranger(this.session.connection);
    this.#leftAt = hub.position;
    this.session.userName = undefined;
    this.user.removeDevice(this);
    this.hasLeft = true;
    users.release(this.user, broke);
  }

  /** As `postHeldBack`, but refuses a message that exceeds the rate. */
  postOrRefuse(
    message: Message,
    retryId: string | undefined,
    outcome: PostOutcome,
  ): Promise<undefined> | undefined {
    if (this.retryAfterMs() > 0 && !this.session.isStopping)
      return this.#refuseUnlessStored('too-fast', outcome, retryId);
    return this.#postNow(message, outcome, retryId);
  }

  /** Returns in how many milliseconds the rates of user and connection allow another message. */
  retryAfterMs(): number {
    return this.#slower().delayMs();
  }

  /** The rate that allows the next message later. */
  #slower(): UserRate {
    const { rate } = this.user;
    return this.peer.rate.delayMs() > rate.delayMs() ? this.peer.rate : rate;
  }

  /** Retries are idempotent: a repeat of a stored message succeeds, even when a new one would be refused. */
  async #refuseUnlessStored(
    reason: NotPosted,
    outcome: PostOutcome,
    retryId: string | undefined,
  ): Promise<undefined> {
    await this.peer.inFlight.empty();
    const position = retryId === undefined ? undefined : await this.positionOf(retryId);
    if (position === undefined) this.notPosted(reason, outcome);
    else outcome.onPosted(0, position);
    return undefined;
  }

  async #refuse(reason: NotPosted, outcome: PostOutcome): Promise<undefined> {
    await this.peer.inFlight.empty();
    this.notPosted(reason, outcome);
    return undefined;
  }

  /** Counts a message that was not stored, and tells it. */
  notPosted(reason: NotPosted, outcome: PostOutcome): void {
    this.peer.services.posts.refused.add(reason);
    outcome.onNotPosted(reason);
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
    const { clock, posts } = this.peer.services;
    const bytes = message.kind === 'attachment' ? 0 : message.text.length * 2;
    const own = { timeMs: clock.nowMs(), sender: this.name, message };
    const draft: Draft = retryId === undefined ? own : { ...own, retryId: this.#scoped(retryId) };
    const submitted = posts.submit(new PostedMessage(this, draft, bytes, outcome));
    if (submitted !== 'taken') return this.#refuseUnlessStored(submitted, outcome, retryId);
    this.peer.pace.giveBack();
    this.user.rate.spend(bytes);
    this.peer.rate.spend(bytes);
    inFlight.enter(bytes);
    return inFlight.room();
  }

  /** Returns the position of the message that this user sent under `retryId`; undefined when there is none. */
  positionOf(retryId: string): Promise<number | undefined> {
    return this.peer.services.log.positionOf(this.name, this.#scoped(retryId));
  }

  #scoped(retryId: string): string {
    return `${this.user.retryScope} ${retryId}`;
  }
}
