import type { Follows } from '../follow/follows.ts';
import type { Poster } from '../hub/hub.ts';
import type { Member, WireForm } from '../hub/member.ts';
import type { Message } from '../log/entry.ts';
import type { KeySpan } from '../log/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Peer } from './peer.ts';
import type { Session } from './session.ts';
import type { UserRate } from './user-rates.ts';

/** What a user hears of a message they posted: exactly one of these, in the order of the posts. */
export interface PostOutcome {
  /** It is safe, and went to `reached` others who are online. */
  onPosted(reached: number): void;
  /** It was not stored and never will be. `too-fast`: over the user's rate. */
  onNotPosted(reason: 'too-fast' | 'full' | 'closed'): void;
}

/**
 * Somebody who is registered, in whichever protocol: a member of the hub, who posts through the gate of their
 * peer and is sent to through its outbox.
 */
export class ChatUser implements Member {
  readonly name: string;
  readonly peer: Peer;
  readonly follows: Follows<Member>;
  form: WireForm;
  readonly #rate: UserRate;

  /** The name must be free, and stays taken until `leave`. */
  constructor(peer: Peer, name: string, form: WireForm) {
    const { context, connection } = peer.session;
    this.name = name;
    this.peer = peer;
    this.form = form;
    this.#rate = context.userRates.of(name);
    this.follows = context.hub.join(this, context.limits.followTerms);
    this.follows.begin(context.defaultFollow);
    peer.user = this;
    context.admission.registered(connection);
  }

  get session(): Session {
    return this.peer.session;
  }

  get outbox(): Outbox {
    return this.peer.outbox;
  }

  spans(): KeySpan[] {
    return this.follows.spans();
  }

  /** Posts a message at the user's rate. A promise: read no further request until it resolves. */
  post(message: Message, outcome: PostOutcome): Promise<undefined> | undefined {
    const { gate, session } = this.peer;
    // A server that goes away takes what has come at once: it cannot wait for rates.
    const held = session.isStopping ? 0 : this.#rate.hold();
    if (held === 'refused') return this.#refuse(outcome);
    if (held > 0) return this.#postLater(held, message, outcome);
    this.#postNow(message, outcome);
    return gate.room();
  }

  leave(): void {
    this.session.context.hub.leave(this, this.follows);
  }

  async #refuse(outcome: PostOutcome): Promise<undefined> {
    await this.peer.gate.empty();
    outcome.onNotPosted('too-fast');
    return undefined;
  }

  async #postLater(delayMs: number, message: Message, outcome: PostOutcome): Promise<undefined> {
    await new Promise<void>((resolve) => {
      this.session.context.clock.after(delayMs, resolve);
    });
    this.#postNow(message, outcome);
    await this.peer.gate.room();
  }

  #postNow(message: Message, outcome: PostOutcome): void {
    const { gate } = this.peer;
    const { hub, clock } = this.session.context;
    const bytes = message.kind === 'attachment' ? 0 : message.text.length * 2;
    const poster: Poster = {
      onPosted(_entry, reached) {
        gate.leave(bytes);
        outcome.onPosted(reached);
      },
      onNotPosted(reason) {
        gate.leave(bytes);
        outcome.onNotPosted(reason);
      },
    };
    this.#rate.spend();
    gate.enter(bytes);
    hub.post({ timeMs: clock.nowMs(), sender: this.name, message }, poster);
  }
}
