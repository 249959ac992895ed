import type { Logger } from 'pino';
import { nextRound } from '../../scheduling/turns.ts';
import { FollowIndex } from '../follow/follow-index.ts';
import { Follows, type FollowsOptions } from '../follow/follows.ts';
import { holdersOf, matchedKeys } from '../follow/match.ts';
import type { Bus, BusObserver, Committed, Ticket } from '../log/bus.ts';
import { Fence } from '../logging/fence.ts';
import type { Draft, Entry } from '../messages/entry.ts';
import { BroadcastEncoder } from './broadcast-encoder.ts';
import { type EntryBatch, EntryBatches, longText } from './entry-batches.ts';
import { PendingPosts } from './pending-posts.ts';
import type { Device, User } from './user.ts';

/** Whoever posted a message and wants to know what became of it. */
export interface Poster {
  /** Where it came from: that one knows already. */
  readonly device: Device;
  /** It is on stable storage, and went to `reached` others who are online. */
  onPosted(entry: Entry, reached: number): void;
  /** It was not stored and never will be. */
  onNotPosted(reason: 'full' | 'closed'): void;
}

export interface HubOptions {
  readonly logger: Logger;
  readonly onStorageFailure: (error: Error) => void;
  /** For how long messages are handed out before everything else gets a turn of the event loop. */
  readonly turnMs?: number;
}

/** How many readers are handed something between two looks at the time. */
const readersBetweenLooks = 32;

/**
 * Who is here, and the way of every message: from whoever posts it into the log, and once committed to everybody
 * who holds a key of it. All of its state changes in synchronous calls. Handing out to thousands takes turns with the
 * rest of the server; entries stay in order, and each goes to those who held a key of it when its turn began.
 *
 * What belongs to one reader or poster (encoder, outbox, answer) may throw: that one is reported and dropped, and the
 * others notice nothing.
 */
export class Hub implements BusObserver {
  readonly #logger: Logger;
  readonly #fence: Fence;
  readonly #turnMs: number;
  /** What became of groups and is not told yet, in the log's order; the first is under way. */
  readonly #outcomes: Generator<void>[] = [];
  #entryMs = 0;
  #longTextMs = 0;
  /** Counts the turns: whoever was handed something in another one may have changed since. */
  #turn = 0;
  readonly #index = new FollowIndex<User>();
  /** By name, in order of registration. */
  readonly #users = new Map<string, User>();
  readonly #onStorageFailure: (error: Error) => void;
  #bus: Bus | undefined;
  readonly pending = new PendingPosts<Poster>();
  #position = 0;

  constructor(options: HubOptions) {
    this.#logger = options.logger;
    this.#fence = new Fence(options.logger);
    this.#turnMs = options.turnMs ?? 8;
    this.#onStorageFailure = options.onStorageFailure;
  }

  /** Connects the bus that reports to this hub. Once, before anybody joins. */
  open(bus: Bus): void {
    this.#bus = bus;
    this.#position = bus.head;
  }

  /** The position of the newest entry that was handed out. */
  get position(): number {
    return this.#position;
  }

  /** What handing out an entry takes of late, with what else is done meanwhile: milliseconds. */
  get entryMs(): number {
    return this.#entryMs;
  }

  /** How long the fan-out of the last long text took, in milliseconds. */
  get longTextMs(): number {
    return this.#longTextMs;
  }

  /**
   * Adds a user and gives its follows, which `own` begins with. `user` tells beforehand, in the same turn, whether the
   * name is free. `leave` is due in the end.
   */
  join(user: User, own: Omit<FollowsOptions<User>, 'index' | 'follower' | 'name' | 'hub'>): Follows<User> {
    if (this.#users.has(user.name)) throw new Error(`${user.name} is here already`);
    this.#users.set(user.name, user);
    return new Follows({ ...own, index: this.#index, follower: user, name: user.name, hub: this });
  }

  leave(user: User): void {
    user.follows.leave();
    this.#users.delete(user.name);
  }

  /** Takes a message in. The poster hears of it later. */
  post(draft: Draft, poster: Poster): void {
    this.#bus?.append(draft, this.pending.add(poster));
  }

  /** Committed: every entry to everybody who follows a key of it, then each outbox flushed once. */
  onCommit(group: readonly Committed[]): void {
    this.#tell(this.#handOut(group));
  }

  /** Behind what was committed before, as a poster is answered in the order of its posts. */
  onRefuse(tickets: readonly (Ticket | undefined)[], reason: 'full' | 'closed'): void {
    this.#logger.warn({ messages: tickets.length, reason }, 'messages could not be stored');
    this.#tell(this.#refuse(tickets, reason));
  }

  #tell(outcome: Generator<void>): void {
    this.#outcomes.push(outcome);
    if (this.#outcomes.length > 1 || this.#takeTurn()) return;
    void nextRound().then(() => this.#goOn());
  }

  #goOn(): void {
    if (!this.#takeTurn()) setImmediate(() => this.#goOn());
  }

  /** Tells what waits, for as long as a turn may take; then the others of this event loop come first. True when all is. */
  #takeTurn(): boolean {
    const endMs = performance.now() + this.#turnMs;
    this.#turn++;
    for (let outcome = this.#outcomes[0]; outcome !== undefined; outcome = this.#outcomes[0]) {
      if (this.#isDone(outcome)) this.#outcomes.shift();
      if (this.#outcomes.length > 0 && performance.now() >= endMs) return false;
    }
    return true;
  }

  #isDone(outcome: Generator<void>): boolean {
    try {
      return outcome.next().done === true;
    } catch (error) {
      this.#fence.report('messages could not be handed out', error);
      return true;
    }
  }

  *#handOut(group: readonly Committed[]): Generator<void> {
    const beganMs = performance.now();
    const touched: Device[] = [];
    let readersAtOnce = readersBetweenLooks;
    const batches = new EntryBatches(group, (entry, all) => this.#keysOf(entry, all));
    for (let turn = this.#turn; ; ) {
      if (batches.look()) yield;
      const batch = batches.take(turn !== this.#turn);
      if (batch === undefined) break;
      turn = this.#turn;
      if (batch.textLength > longText) readersAtOnce = 1;
      if (batch.appended[0].isRepeat)
        for (const { entry, ticket } of batch.appended) this.#tellPosted(this.pending.take(ticket), entry, 0);
      else yield* this.#deliver(batch, touched);
      yield;
    }
    // A device may be listed twice; its second flush does nothing.
    for (const [at, device] of touched.entries()) {
      this.#flush(device);
      if (at % readersAtOnce === readersAtOnce - 1) yield;
    }
    this.#entryMs = (this.#entryMs + (performance.now() - beganMs) / group.length) / 2;
  }

  #keysOf(entry: Entry, all: readonly string[] | undefined): readonly string[] {
    try {
      return matchedKeys(entry, this.#index, this.#users.get(entry.sender), all);
    } catch (error) {
      this.#fence.report('the keys of a message could not be told', error, { position: entry.position });
      return [];
    }
  }

  /**
   * Readers who sent nothing of the batch get it as one run. Senders get it entry by entry, so that the answers to them
   * keep their place between.
   */
  *#deliver({ keys, appended, textLength }: EntryBatch, touched: Device[]): Generator<void> {
    const entries = appended.map(({ entry }) => entry);
    const senders = new Set(entries.map(({ sender }) => sender));
    const sendersAmongThem: User[] = [];
    let online = 0;
    // Before the first reader: who begins to follow from here on follows what comes behind the batch.
    this.#position = entries.at(-1)?.position ?? this.#position;
    const holders = [...holdersOf(keys, this.#index)];
    const isLong = textLength > longText;
    const readersAtOnce = isLong ? 1 : readersBetweenLooks;
    // Its keys were looked up in this turn.
    if (isLong) yield;
    const beganMs = performance.now();
    // So that the time that is measured includes the writes.
    const isWrittenAtOnce = isLong && entries.length === 1;
    const broadcast = new BroadcastEncoder(entries, keys, this.#reportUnshowable);
    for (const user of holders) {
      if (user.devices.length === 0) continue;
      online++;
      if (senders.has(user.name)) sendersAmongThem.push(user);
      else {
        for (const device of user.devices) {
          this.#give(device, user, broadcast, undefined, touched);
          if (isWrittenAtOnce) this.#flush(device);
        }
        if (online % readersAtOnce === 0) yield;
      }
    }
    if (isLong) this.#longTextMs = performance.now() - beganMs;
    for (const [at, { entry, ticket }] of appended.entries()) {
      const poster = this.pending.take(ticket);
      let reached = online;
      for (const user of sendersAmongThem) {
        if (user.name === entry.sender) reached--;
        else for (const device of user.devices) this.#give(device, user, broadcast, at, touched);
      }
      // Nobody can drop the keys of what they say themselves.
      const self = this.#users.get(entry.sender);
      if (self !== undefined) {
        for (const device of self.devices) {
          if (device === poster?.device || !device.encoder.hearsOwn) continue;
          this.#give(device, self, broadcast, at, touched);
        }
      }
      this.#tellPosted(poster, entry, reached);
      if (isLong) yield;
    }
  }

  /** The entry at `at`, or all of them. */
  #give(
    device: Device,
    user: User,
    broadcast: BroadcastEncoder,
    at: number | undefined,
    touched: Device[],
  ): void {
    try {
      const { encoder } = device;
      device.outbox.deliver(
        at === undefined ? broadcast.all(encoder, user) : broadcast.one(encoder, user, at),
      );
      touched.push(device);
    } catch (error) {
      this.#drop(device, user.name, error);
    }
  }

  #flush(device: Device): void {
    try {
      device.outbox.flush();
    } catch (error) {
      this.#drop(device, undefined, error);
    }
  }

  #drop(device: Device, user: string | undefined, error: unknown): void {
    this.#fence.report('a message could not be delivered; its reader is disconnected', error, { user });
    try {
      device.fail();
    } catch (again) {
      this.#fence.report('a reader could not be disconnected', again, { user });
    }
  }

  /** An entry from another process has no poster here. */
  #tellPosted(poster: Poster | undefined, entry: Entry, reached: number): void {
    if (poster === undefined) return;
    try {
      poster.onPosted(entry, reached);
    } catch (error) {
      this.#drop(poster.device, entry.sender, error);
    }
  }

  readonly #reportUnshowable = (error: unknown, { position }: Entry): void => {
    this.#fence.report('a message cannot be shown as it is', error, { position });
  };

  *#refuse(tickets: readonly (Ticket | undefined)[], reason: 'full' | 'closed'): Generator<void> {
    for (const [at, ticket] of tickets.entries()) {
      const poster = this.pending.take(ticket);
      try {
        poster?.onNotPosted(reason);
      } catch (error) {
        if (poster !== undefined) this.#drop(poster.device, undefined, error);
      }
      if (at % readersBetweenLooks === readersBetweenLooks - 1) yield;
    }
  }

  onFailure(error: Error): void {
    this.#onStorageFailure(error);
  }
}
