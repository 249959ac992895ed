import { wireLimits } from '../../protocol/limits.ts';
import { readMissed } from '../hub/catch-up.ts';
import type { Frame } from '../outbox/frame.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { ChatUser } from './chat-user.ts';
import { type Line, LineReader } from './line-reader.ts';
import { PostGate } from './post-gate.ts';
import type { Session } from './session.ts';

/** What came of a line: how it ends the conversation, if it does. A promise: read no further until it resolves. */
export type Handled<Ending> = Promise<Ending | undefined> | Ending | undefined;

/**
 * The far end of a connection that speaks a chat protocol, whichever: its lines come in one by one, its messages
 * pass its gate, and all that it is sent leaves through its outbox.
 */
export class Peer {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly gate: PostGate;
  /** Who it is, or was last: what it missed is what this user missed. */
  user: ChatUser | undefined;
  readonly #lines: LineReader;

  constructor(session: Session) {
    const { context } = session;
    this.session = session;
    this.#lines = new LineReader(session.input, wireLimits.lineBytes);
    this.gate = new PostGate(context.limits);
    this.outbox = new Outbox({
      connection: session.connection,
      budget: context.outboxBudget,
      limits: context.limits,
      clock: context.clock,
      source: {
        position: () => context.hub.position,
        read: (cursor) => this.#readMissed(cursor),
        openFile: (file) => context.spool.read(file.id),
        onGiveUp: (reason, error) => this.#onGiveUp(reason, error),
      },
    });
    session.outbox = this.outbox;
  }

  /**
   * Has one line after the other handled, `first` before those that come, until one ends the conversation; `gone`
   * when no more will come.
   */
  async serve<Ending>(
    handle: (line: Line) => Handled<Ending>,
    first: Line | undefined = undefined,
  ): Promise<Ending | 'gone'> {
    for (let line = first ?? this.#lines.take(); ; line = this.#lines.take()) {
      if (line === undefined) {
        if (await this.session.input.more()) continue;
        return 'gone';
      }
      const handled = handle(line);
      const ending = handled instanceof Promise ? await handled : handled;
      if (ending !== undefined) return ending;
      const room = this.outbox.room();
      if (room !== undefined) await room;
    }
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
    return this.gate.empty();
  }

  async #readMissed(cursor: number): Promise<{ frames: readonly Frame[]; through: number }> {
    const { hub, log } = this.session.context;
    if (this.user === undefined) return { frames: [], through: hub.position };
    return readMissed(log, this.user, cursor);
  }

  #onGiveUp(reason: 'stalled' | 'failed', error: unknown): void {
    const { logger, connection } = this.session;
    const user = this.user?.name;
    if (reason === 'stalled') logger.warn({ user }, 'reader takes nothing; closed');
    else logger.error({ user, err: error }, 'sending failed; closed');
    connection.destroy();
  }
}
