import { wireLimits } from '../../protocol/limits.ts';
import { readMissed } from '../hub/catch-up.ts';
import type { StoredFile } from '../log/entry.ts';
import type { Frame } from '../outbox/frame.ts';
import type { FrameJoiner } from '../outbox/frame-joiner.ts';
import { Outbox, type OutboxSource } from '../outbox/outbox.ts';
import type { Device } from './device.ts';
import { type Line, LineReader } from './line-reader.ts';
import { PostGate } from './post-gate.ts';
import type { Session } from './session.ts';

/** What came of a line or a request: how it ends the conversation, if it does. A promise: read no further until it resolves. */
export type Handled<Ending> = Promise<Ending | undefined> | Ending | undefined;

/** A protocol's requests, one after the other. */
export interface Requests<Item, Ending> {
  /** The next one that is here whole. */
  take(): Item | undefined;
  /** Waits for more bytes; false when none will come. */
  more(): Promise<boolean>;
  handle(item: Item): Handled<Ending>;
}

/**
 * The far end of a connection that speaks a chat protocol, whichever: its requests come in one by one, its messages
 * pass its gate, and all that it is sent leaves through its outbox.
 */
export class Peer implements OutboxSource {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly gate: PostGate;
  /** As whom it is here, or was last: what it missed is what this device missed. */
  device: Device | undefined;
  /** How many missed entries were read for it. */
  missed = 0;

  /** `joiner`: its protocol does not mind how what it is sent is cut into segments. */
  constructor(session: Session, joiner?: FrameJoiner) {
    const { context } = session;
    this.session = session;
    this.gate = new PostGate(context.limits);
    this.outbox = new Outbox({
      connection: session.connection,
      budget: context.outboxBudget,
      limits: context.limits,
      clock: context.clock,
      ...(joiner && { joiner }),
      source: this,
    });
    session.outbox = this.outbox;
  }

  /** `serve` for lines, `first` before those that come. */
  serveLines<Ending>(handle: (line: Line) => Handled<Ending>, first?: Line): Promise<Ending | 'gone'> {
    const lines = new LineReader(this.session.input, wireLimits.lineBytes);
    let begun = first;
    const take = (): Line | undefined => {
      const line = begun ?? lines.take();
      begun = undefined;
      return line;
    };
    return this.serve({ take, more: () => this.session.input.more(), handle });
  }

  /** Has `requests` handled, one after the other, until one ends the conversation; `gone` when no more will come. */
  async serve<Item, Ending>(requests: Requests<Item, Ending>): Promise<Ending | 'gone'> {
    for (;;) {
      const item = requests.take();
      if (item === undefined) {
        if (await requests.more()) continue;
        return 'gone';
      }
      const handled = requests.handle(item);
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

  position(): number {
    return this.session.context.hub.position;
  }

  async read(cursor: number): Promise<{ frames: readonly Frame[]; through: number }> {
    const { hub, log } = this.session.context;
    const { device } = this;
    if (device === undefined) return { frames: [], through: hub.position };
    const reader = { user: device.user, form: device.form, spans: () => device.spans() };
    const page = await readMissed(log, reader, cursor);
    this.missed += page.frames.length;
    const gap =
      page.forgottenThrough > cursor ? device.form.gap?.(cursor + 1, page.forgottenThrough) : undefined;
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
