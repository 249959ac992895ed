import type { Poster } from '../hub/hub.ts';
import type { Device as HubDevice, WireForm } from '../hub/user.ts';
import type { Message } from '../log/entry.ts';
import type { KeySpan } from '../log/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChatUser } from './chat-user.ts';
import type { Peer } from './peer.ts';
import type { Session } from './session.ts';

/** What a device hears of a message it posted: exactly one of these, in the order of the posts. */
export interface PostOutcome {
  /** It is safe at `position`, and went to `reached` others who are online. */
  onPosted(reached: number, position: number): void;
  /** It was not stored and never will be. `too-fast`: over the user's rate. */
  onNotPosted(reason: 'too-fast' | 'full' | 'closed'): void;
}

/** Hears in the turn in which it happens that the guest `name` becomes an account. */
export interface AccountListener {
  onAccount(name: string): void;
}

/**
 * One connection of somebody who is registered, in whichever protocol: posts through the gate of its peer and is sent
 * to through its outbox.
 */
export class Device implements HubDevice {
  readonly peer: Peer;
  readonly user: ChatUser;
  form: WireForm;
  accountListener: AccountListener | undefined;
  #leftAt = Number.POSITIVE_INFINITY;

  /** Takes over one hold of `user`, which `leave` gives up. */
  constructor(peer: Peer, user: ChatUser, form: WireForm) {
    const { context, connection } = peer.session;
    this.peer = peer;
    this.user = user;
    this.form = form;
    user.addDevice(this);
    peer.device = this;
    peer.outbox.begin();
    context.admission.registered(connection);
  }

  get name(): string {
    return this.user.name;
  }

  fail(): void {
    this.session.fail('serving a device failed');
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
    const { gate, session } = this.peer;
    // A server that goes away takes what has come at once: it cannot wait for rates.
    const held = session.isStopping ? 0 : this.user.rate.hold();
    if (held === 'refused') return this.#refuse(outcome);
    if (held > 0) return this.#postLater(held, message, outcome);
    this.#postNow(message, outcome);
    return gate.room();
  }

  /** `broke`: nobody said that the user leaves. */
  leave(broke = false): void {
    const { hub, users } = this.session.context;
    this.#leftAt = hub.position;
    this.user.removeDevice(this);
    users.release(this.user, broke);
  }

  /** As `post`, but a message over the rate is not held back: it is refused. */
  postAtOnce(
    message: Message,
    retryId: string | undefined,
    outcome: PostOutcome,
  ): Promise<undefined> | undefined {
    if (this.user.rate.delayMs() > 0 && !this.session.isStopping) return this.#refuse(outcome);
    this.#postNow(message, outcome, retryId);
    return this.peer.gate.room();
  }

  async #refuse(outcome: PostOutcome): Promise<undefined> {
    await this.peer.gate.empty();
    outcome.onNotPosted('too-fast');
    return undefined;
  }

  async #postLater(delayMs: number, message: Message, outcome: PostOutcome): Promise<undefined> {
    await new Promise<void>((resolve) => {
      this.session.after(delayMs, resolve);
    });
    this.#postNow(message, outcome);
    await this.peer.gate.room();
  }

  #postNow(message: Message, outcome: PostOutcome, retryId?: string): void {
    const { gate } = this.peer;
    const { hub, clock } = this.session.context;
    const bytes = message.kind === 'attachment' ? 0 : message.text.length * 2;
    const poster: Poster = {
      device: this,
      onPosted({ position }, reached) {
        gate.leave(bytes);
        outcome.onPosted(reached, position);
      },
      onNotPosted(reason) {
        gate.leave(bytes);
        outcome.onNotPosted(reason);
      },
    };
    this.user.rate.spend();
    gate.enter(bytes);
    const draft = { timeMs: clock.nowMs(), sender: this.name, message };
    hub.post(retryId === undefined ? draft : { ...draft, retryId: this.#scoped(retryId) }, poster);
  }

  /** Where the log has what this user sent under `retryId`. */
  positionOf(retryId: string): Promise<number | undefined> {
    return this.session.context.log.positionOf(this.name, this.#scoped(retryId));
  }

  #scoped(retryId: string): string {
    return `${this.user.retryScope} ${retryId}`;
  }
}
