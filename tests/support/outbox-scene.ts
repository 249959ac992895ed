import type { StoredFile } from '../../src/server/messages/entry.ts';
import { type Frame, FrameBatch } from '../../src/server/outbox/frame.ts';
import { Outbox } from '../../src/server/outbox/outbox.ts';
import { ByteBudget } from '../../src/transport/byte-budget.ts';
import { FakeClock } from './fake-clock.ts';
import { SlowConnection } from './slow-connection.ts';

const limits = { outboxBytes: 100, lagStallMs: 30_000, lagStallBytes: 40, afterFileMs: 150 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An outbox, the log behind it, and the reader in front. Entry n reads `n;`. */
export class OutboxScene {
  readonly clock = new FakeClock();
  readonly connection: SlowConnection;
  readonly outbox: Outbox;
  readonly budget: ByteBudget;
  readonly entries: Frame[] = [];
  readonly files = new Map<string, Uint8Array[]>();
  gaveUp: string | undefined;
  /** How much longer than what was handed out the log may be. */
  handedOut = 0;
  pageSize = 3;
  maxHeld = 0;

  constructor(options: { readonly capacityBytes?: number; readonly budgetBytes?: number } = {}) {
    this.connection = new SlowConnection(options.capacityBytes ?? 0);
    this.budget = new ByteBudget(options.budgetBytes ?? Number.POSITIVE_INFINITY);
    this.outbox = new Outbox({
      connection: this.connection,
      budget: this.budget,
      limits,
      clock: this.clock,
      source: {
        position: () => this.handedOut,
        read: async (cursor) => {
          const missed = this.entries.filter(({ position }) => position > cursor);
          const frames = missed.slice(0, this.pageSize);
          const last = frames.length < missed.length ? frames.at(-1) : this.entries.at(-1);
          return { frames, through: last?.position ?? 0 };
        },
        openFile: async (file) => {
          const pieces = this.files.get(file.id);
          return pieces === undefined
            ? undefined
            : (async function* () {
                yield* pieces;
              })();
        },
        onGiveUp: (reason) => {
          this.gaveUp = reason;
          this.outbox.close();
        },
      },
    });
    this.connection.attach({
      onData() {},
      onEnd() {},
      onDrain: () => this.outbox.onDrain(),
      onClose: () => this.outbox.close(),
    });
  }

  /** Commits an entry, and hands it out when `handOut`. */
  commit(bytes = 10, file?: StoredFile): void {
    const position = this.entries.length + 1;
    const text = `${position};`.padEnd(bytes, '.');
    this.entries.push({ bytes: encoder.encode(text), position, ...(file && { file }) });
  }

  handOutAll(): void {
    for (const frame of this.entries.slice(this.handedOut)) {
      this.handedOut = frame.position;
      this.outbox.deliver(new FrameBatch([frame]));
    }
    this.outbox.flush();
  }

  /** Lets the reader read all there will ever be. */
  async readAll(): Promise<void> {
    for (let idle = 0; idle < 20; idle++) {
      const before = this.connection.read.length;
      this.connection.drain();
      await new Promise(setImmediate);
      if (this.connection.read.length > before) idle = 0;
    }
  }

  get got(): string[] {
    return this.connection.read.map((bytes) => decoder.decode(bytes).replaceAll('.', ''));
  }
}
