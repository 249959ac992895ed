import * as reply from '../../../protocol/chat10/reply.ts';
import { quoteShort } from '../../../protocol/text.ts';
import type { Follows } from '../../follow/follows.ts';
import { readMissed } from '../../hub/catch-up.ts';
import type { Poster } from '../../hub/hub.ts';
import type { Member, WireForm } from '../../hub/member.ts';
import type { Message } from '../../log/entry.ts';
import type { KeySpan } from '../../log/log.ts';
import { Outbox } from '../../outbox/outbox.ts';
import { PostGate } from '../post-gate.ts';
import type { Session } from '../session.ts';

/** Somebody who is registered over CHAT/1.0: a member of the hub, with a way out and a way in. */
export class Chat10User implements Member {
  readonly name: string;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly follows: Follows<Member>;
  readonly #gate: PostGate;
  #form: WireForm;

  /** Undefined when the name is taken. */
  static join(session: Session, name: string): Chat10User | undefined {
    return session.context.hub.has(name) ? undefined : new Chat10User(session, name);
  }

  private constructor(session: Session, name: string) {
    const { context } = session;
    this.name = name;
    this.session = session;
    this.#form = context.chat10Forms.linesOnly;
    this.#gate = new PostGate(context.clock, context.limits, context.messageRate);
    this.outbox = new Outbox({
      connection: session.connection,
      budget: context.outboxBudget,
      limits: context.limits,
      clock: context.clock,
      source: {
        position: () => context.hub.position,
        read: (cursor) => readMissed(context.log, this, cursor),
        openFile: (file) => context.spool.read(file.id),
        onGiveUp: (reason, error) => this.#onGiveUp(reason, error),
      },
    });
    this.follows = context.hub.join(this, context.limits.followTerms);
    this.follows.begin(context.defaultFollow);
    session.outbox = this.outbox;
    context.admission.registered(session.connection);
  }

  get form(): WireForm {
    return this.#form;
  }

  spans(): KeySpan[] {
    return this.follows.spans();
  }

  /** The client has shown that it can take file bytes. */
  takesFiles(): void {
    this.#form = this.session.context.chat10Forms.withFiles;
  }

  reply(text: string): undefined {
    this.outbox.reply(this.session.context.chat10Forms.encodeText(text));
  }

  replyError(what: string): undefined {
    this.reply(reply.error(what));
  }

  /**
   * Posts a message at the user's rate. Returns a promise when the caller is to read no further request until it
   * resolves. `onPosted` is called when the message is safe, `onNotPosted` when it is not and never will be.
   */
  post(message: Message, onPosted?: () => void, onNotPosted?: () => void): Promise<undefined> | undefined {
    // A server that goes away takes what has come at once: it cannot wait for rates.
    const delayMs = this.session.isStopping ? 0 : this.#gate.delayMs();
    if (delayMs > this.session.context.limits.rateDelayMs) {
      this.replyError(`Too many messages; wait a moment and send ${describe(message)} again`);
      onNotPosted?.();
      return undefined;
    }
    if (delayMs > 0) return this.#postLater(delayMs, message, onPosted, onNotPosted);
    this.#postNow(message, onPosted, onNotPosted);
    return this.#gate.room();
  }

  /** Resolves when every message that was posted is either safe or refused. */
  allPosted(): Promise<void> {
    return this.#gate.empty();
  }

  async #postLater(
    delayMs: number,
    message: Message,
    onPosted?: () => void,
    onNotPosted?: () => void,
  ): Promise<undefined> {
    await new Promise<void>((resolve) => {
      this.session.context.clock.after(delayMs, resolve);
    });
    this.#postNow(message, onPosted, onNotPosted);
    await this.#gate.room();
  }

  #postNow(message: Message, onPosted?: () => void, onNotPosted?: () => void): void {
    const bytes = message.kind === 'attachment' ? 0 : message.text.length * 2;
    const poster: Poster = {
      onPosted: () => {
        this.#gate.leave(bytes);
        onPosted?.();
      },
      onNotPosted: () => {
        this.#gate.leave(bytes);
        this.replyError(`The server cannot store messages now; send ${describe(message)} again later`);
        onNotPosted?.();
      },
    };
    const { hub, clock } = this.session.context;
    this.#gate.enter(bytes);
    hub.post({ timeMs: clock.nowMs(), sender: this.name, message }, poster);
  }

  leave(): void {
    this.session.context.hub.leave(this, this.follows);
  }

  #onGiveUp(reason: 'stalled' | 'failed', error: unknown): void {
    if (reason === 'stalled') this.session.logger.warn({ user: this.name }, 'reader takes nothing; closed');
    else this.session.logger.error({ user: this.name, err: error }, 'sending failed; closed');
    this.session.connection.destroy();
  }
}

function describe(message: Message): string {
  return message.kind === 'attachment' ? message.file.name : quoteShort(message.text);
}
