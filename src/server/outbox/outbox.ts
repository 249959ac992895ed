import type { Limits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { ConditionVariable } from '../../scheduling/condition-variable.ts';
import type { ByteBudget } from '../../transport/byte-budget.ts';
import type { Connection } from '../../transport/connection.ts';
import type { StoredFile } from '../messages/entry.ts';
import { CaughtUp } from './caught-up.ts';
import { FileStream } from './file-stream.ts';
import { type Frame, type FrameBatch, replyFrame, withOwnMemory } from './frame.ts';
import { FrameQueue } from './frame-queue.ts';
import type { OutboxSource } from './outbox-source.ts';
import { StallWatch } from './stall-watch.ts';
import { writeBuffer } from './write-buffer.ts';

export interface OutboxOptions {
  readonly connection: Connection;
  readonly source: OutboxSource;
  readonly budget: ByteBudget;
  readonly limits: Pick<Limits, 'outboxBytes' | 'lagStallMs' | 'lagStallBytes' | 'afterFileMs'>;
  readonly clock: Clock;
  /** Joins all waiting frames into one write. Otherwise each is a write of its own: see `separateFrames`. */
  readonly isJoined?: boolean;
}

/** Clients that take a line a call get a line a write. When more wait, TCP joins them anyway, and a write costs as dozens. */
const separateFrames = 8;

/** A lagging reader waits this long before it reads on while the budget of all readers is spent. */
const budgetRetryMs = 100;

/**
 * One reader's outgoing queue. It gets every entry once, in order, from `deliver` or from the log, and nobody ever waits
 * for it: `deliver` returns at once, and what the connection does not take gathers here, up to a bound.
 *
 *            over the bound, or resume()
 *     ┌──────┐ ─────────────────────> ┌─────────┐
 *     │ live │                        │ lagging │  drops queued deliveries, reads the log page by page as the
 *     └──────┘ <───────────────────── └─────────┘  connection drains
 *         │        read as far as          │
 *         │        the hub has delivered   │
 *         │                                │
 *         └───────────> finish() <─────────┘
 *                           v
 *                     ┌───────────┐           ┌────────┐
 *                     │ finishing │ ────────> │ closed │  from any state by close()
 *                     └───────────┘           └────────┘
 *
 * In any state but `closed` a file may be on its way (`FileStream`), behind the frame that announces it; all else waits until
 * it is sent. In all but `live`, and in `live` beyond the bound or inside a file, a `StallWatch` gives up who takes too little.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #source: OutboxSource;
  readonly #limits: OutboxOptions['limits'];
  readonly #clock: Clock;
  readonly #queue: FrameQueue;
  readonly #isJoined: boolean;
  #repliedBytes = 0;
  #isFlushScheduled = false;
  #state: 'live' | 'lagging' | 'finishing' | 'closed' = 'live';
  /** The newest entry that was written. */
  #written = 0;
  /** Every entry up to this position was written, is queued, or is not for this reader. */
  #covered = 0;
  /** The file that is being sent: nothing is written beside it. */
  #fileStream: FileStream | undefined;
  /** Both are created on first use: most readers never apply back-pressure, nor catch up. */
  #stallWatch: StallWatch | undefined;
  #caughtUp: CaughtUp | undefined;
  readonly #moved = new ConditionVariable();

  constructor(options: OutboxOptions) {
    this.#connection = options.connection;
    this.#source = options.source;
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#queue = new FrameQueue(options.budget);
    this.#isJoined = options.isJoined ?? false;
    this.begin();
  }

  get repliedBytes(): number {
    return this.#repliedBytes;
  }

  get isLagging(): boolean {
    return this.#state === 'lagging';
  }

  /** How many positions the reader is behind; 0 while it gets everything live. */
  get lag(): number {
    return this.isLagging ? Math.max(0, this.#source.position() - this.#written) : 0;
  }

  /** Starts with the next entry: earlier ones are not for this reader. */
  begin(): void {
    this.#written = this.#source.position();
    this.#covered = this.#written;
  }

  /**
   * Sends what the reader missed after `cursor`, from the log, then what `whenCaughtUp` returns, then live entries. Call
   * it synchronously after `begin`.
   */
  resume(cursor: number, whenCaughtUp: () => Uint8Array): void {
    this.#written = cursor;
    this.#caughtUp = new CaughtUp(this.#queue, whenCaughtUp);
    this.#startLagging();
  }

  /** Queues frames of entries for the next `flush`. Positions must increase from call to call. */
  deliver(batch: FrameBatch): void {
    const isNew = batch.first > this.#covered;
    for (const frame of isNew && this.#joins(batch.frames.length) ? batch.joined : batch.frames) {
      if (this.#state !== 'live') return;
      if (frame.position > this.#covered) this.#take(frame);
    }
  }

  #take(frame: Frame): void {
    this.#covered = frame.position;
    this.#queue.push(this.#isBlocked() ? withOwnMemory(frame) : frame);
    if (!this.#isOverBound()) return;
    this.flush();
    if (this.#isOverBound()) this.#startLagging();
  }

  /** Queues an answer to this reader, even beyond the bound: callers await `room` before they do more for the reader. */
  reply(bytes: Uint8Array): void {
    this.#repliedBytes += bytes.length;
    if (this.#state === 'closed' || this.#state === 'finishing') return;
    this.#queue.push(replyFrame(bytes));
    if (this.#isJoined) this.#flushSoon();
    else this.flush();
  }

  /** Writes as much as the connection takes now, and tells whoever waits for that. */
  flush(): void {
    this.#write();
    this.#moved.notify();
  }

  #write(): void {
    if (this.#isBlocked()) return;
    do {
      const isJoined = this.#joins(this.#queue.length);
      const frame = isJoined ? this.#queue.shiftJoined() : this.#queue.shift();
      if (frame === undefined) return;
      if (frame.position > 0) this.#written = frame.position;
      if (frame.file !== undefined) this.#sendFile(frame, frame.file).catch((error) => this.#fail(error));
      else {
        this.#connection.write(frame.bytes);
        if (this.#connection.unsentBytes > 0) writeBuffer.keep(frame.bytes);
      }
    } while (!this.#isBlocked());
    this.#queue.keepOwnMemory();
  }

  /** Whether so many frames that wait are joined. */
  #joins(frames: number): boolean {
    return this.#isJoined || frames > separateFrames;
  }

  /** Flushes in a microtask, so that all replies of this turn are one write. */
  #flushSoon(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    queueMicrotask(() => {
      this.#isFlushScheduled = false;
      this.flush();
    });
  }

  /** Returns undefined when another reply fits; otherwise resolves when one does, or when the reader is gone. */
  room(): Promise<undefined> | undefined {
    const fits = (): boolean => this.#state === 'closed' || !this.#isOverBound();
    if (fits()) return undefined;
    // Queued replies spend the budget of all readers: a reader that never takes them would make the others lag.
    this.#watchForStall();
    return this.#moved.until(fits);
  }

  /** Returns undefined when the queue is empty and all is taken; otherwise resolves then, or when the reader is gone. */
  drained(): Promise<undefined> | undefined {
    const isDrained = (): boolean => this.#state === 'closed' || (this.#state === 'live' && this.#isIdle());
    return isDrained() ? undefined : this.#moved.until(isDrained);
  }

  /**
   * Accepts nothing more, writes what is queued, completes a file that is being sent, then writes `last`. Resolves when
   * the system has taken it all, or when the reader is gone. A lagging reader gets its replies but catches up no further.
   */
  async finish(last?: Uint8Array): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.#state === 'lagging') this.#queue.dropDeliveries();
    this.#state = 'finishing';
    this.#watchForStall();
    if (last !== undefined) this.#queue.push(replyFrame(last));
    this.flush();
    await this.#moved.until(() => this.#state === 'closed' || this.#isIdle());
    this.#stallWatch?.stop();
  }

  /** Forwarded from the connection's handlers. */
  onDrain(): void {
    this.#fileStream?.onDrain();
    this.flush();
    if (this.#isWatched()) this.#watchForStall();
  }

  /** The connection is gone. Idempotent. */
  close(): void {
    this.#state = 'closed';
    this.#stallWatch?.stop();
    this.#fileStream?.cancel();
    this.#queue.clear();
    this.#moved.notify();
  }

  #isOverBound(): boolean {
    const held = this.#queue.bytes + this.#connection.unsentBytes;
    return held > this.#limits.outboxBytes || (this.#queue.bytes > 0 && this.#queue.isBudgetSpent);
  }

  #isBlocked(): boolean {
    return this.#fileStream !== undefined || this.#state === 'closed' || this.#connection.unsentBytes > 0;
  }

  #isIdle(): boolean {
    return this.#queue.isEmpty && !this.#isBlocked();
  }

  #startLagging(): void {
    this.#state = 'lagging';
    this.#caughtUp?.beforeDrop();
    this.#queue.dropDeliveries();
    this.#watchForStall();
    this.#catchUp().catch((error) => this.#fail(error));
  }

  async #catchUp(): Promise<void> {
    let cursor = this.#written;
    while (this.isLagging) {
      await this.#moved.until(() => !this.isLagging || this.#isIdle());
      // Readers together hold too much; what this one needs next is safe on the disk.
      while (this.#queue.isBudgetSpent && this.isLagging)
        await new Promise<void>((resolve) => void this.#clock.after(budgetRetryMs, resolve));
      if (!this.isLagging) return;
      const page = await this.#source.read(cursor);
      if (!this.isLagging) return;
      for (const frame of page.frames) this.#queue.push(frame);
      cursor = page.through;
      // Nothing is delivered before this synchronous code ends, so switching to live leaves no gap.
      if (cursor >= this.#source.position()) this.#returnToLive(cursor);
      this.flush();
    }
  }

  #returnToLive(covered: number): void {
    this.#state = 'live';
    this.#covered = covered;
    this.#caughtUp?.push(covered);
  }

  async #sendFile(frame: Frame, file: StoredFile): Promise<void> {
    this.#fileStream = new FileStream({
      connection: this.#connection,
      clock: this.#clock,
      afterFileMs: this.#limits.afterFileMs,
      open: (stored) => this.#source.openFile(stored),
    });
    // A reader that stops inside a file keeps a descriptor open and holds pieces that no budget counts.
    this.#watchForStall();
    await this.#fileStream.send(frame, file);
    this.#fileStream = undefined;
    this.flush();
  }

  /** Whether the reader holds something that cannot be dropped. */
  #isWatched(): boolean {
    if (this.#state === 'live') return this.#isOverBound() || this.#fileStream !== undefined;
    return this.#state !== 'closed';
  }

  #watchForStall(): void {
    if (this.#state === 'closed') return;
    this.#stallWatch ??= new StallWatch({
      connection: this.#connection,
      clock: this.#clock,
      limits: this.#limits,
      isNeeded: () => this.#isWatched(),
      onStall: () => this.#source.onGiveUp('stalled'),
    });
    this.#stallWatch.restart();
  }

  #fail(error: unknown): void {
    if (this.#state !== 'closed') this.#source.onGiveUp('failed', error);
  }
}
