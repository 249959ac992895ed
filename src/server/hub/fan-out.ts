import type { Clock } from '../../scheduling/clock.ts';
import type { FanOutCounts } from '../counts/fan-out-counts.ts';
import type { FollowIndex, Holders } from '../follow/follow-index.ts';
import { matchedKeys } from '../follow/match.ts';
import type { Committed, Ticket } from '../log/bus.ts';
import type { Fence } from '../logging/fence.ts';
import type { Entry } from '../messages/entry.ts';
import { BroadcastEncoder } from './broadcast-encoder.ts';
import { type EntryBatch, EntryBatches, longText } from './entry-batches.ts';
import { Flusher } from './flusher.ts';
import type { PendingPosts } from './pending-posts.ts';
import type { Device, User } from './user.ts';

/** Posted a message, and is notified of its outcome. */
export interface Poster {
  /** The message came from this device, which does not hear its own echo. */
  readonly device: Device;
  /** It is on stable storage, and was delivered to `reached` others who are online. */
  onPosted(entry: Entry, reached: number): void;
  /** It was not stored and never will be. */
  onNotPosted(reason: 'full' | 'closed'): void;
}

export interface FanOutOptions {
  readonly index: FollowIndex<User>;
  /** Everybody who is registered, by name. */
  readonly users: ReadonlyMap<string, User>;
  readonly pending: PendingPosts<Poster>;
  readonly fence: Fence;
  readonly counts: FanOutCounts;
  /** Measures fan-out. Pauses that follow from what it measured have to be timed by the same clock. */
  readonly clock: Clock;
}

/** Fan-out may be interrupted after so many readers. */
const readersBetweenLooks = 32;

/**
 * Fan-out: delivers committed entries to everybody who follows one of their keys, and answers their posters. Its generators
 * yield wherever they may be interrupted. An entry goes to those who followed when its turn began.
 *
 * Whatever an encoder, an outbox or a poster throws is reported and costs that one reader or poster its connection; the
 * others notice nothing.
 */
export class FanOut {
  /** The position of the newest entry that was delivered. */
  position = 0;
  /**
   * How long it takes on average to give one entry to its readers' outboxes, with everything else that is done meanwhile:
   * milliseconds. Without the flush, which takes nearly as long for one entry as for a hundred.
   */
  entryMs = 0;
  /** How long the fan-out of the last long text took, in milliseconds. */
  longTextMs = 0;
  readonly #index: FollowIndex<User>;
  readonly #users: ReadonlyMap<string, User>;
  readonly #pending: PendingPosts<Poster>;
  readonly #fence: Fence;
  readonly #counts: FanOutCounts;
  readonly #clock: Clock;
  readonly flusher: Flusher;

  constructor({ index, users, pending, fence, counts, clock }: FanOutOptions) {
    this.#index = index;
    this.#users = users;
    this.#pending = pending;
    this.#fence = fence;
    this.#counts = counts;
    this.#clock = clock;
    this.flusher = new Flusher(counts, clock, (device, error) => this.#drop(device, undefined, error));
  }

  /** Delivers a committed group to the outboxes, which `flusher` flushes. */
  *deliver(group: readonly Committed[]): Generator<void> {
    const beganMs = this.#clock.monotonicMs();
    this.flusher.begin(beganMs);
    const batches = new EntryBatches(group, (entry, all) => this.#keysOf(entry, all));
    let { changes } = this.#index;
    for (;;) {
      if (batches.look()) yield;
      const matchBeganMs = this.#clock.monotonicMs();
      const batch = batches.take(changes !== this.#index.changes);
      if (batch === undefined) break;
      const holders = this.#index.holders(batch.keys);
      this.#counts.matchMs += this.#clock.monotonicMs() - matchBeganMs;
      changes = this.#index.changes;
      if (batch.committed[0].isRepeat)
        for (const { entry, ticket } of batch.committed)
          this.#tellPosted(this.#pending.take(ticket), entry, 0);
      else yield* this.#deliverBatch(batch, holders);
      yield;
    }
    this.entryMs = (this.entryMs + (this.#clock.monotonicMs() - beganMs) / group.length) / 2;
  }

  #keysOf(entry: Entry, all: readonly string[] | undefined): readonly string[] {
    try {
      return matchedKeys(entry, this.#index, this.#users.get(entry.sender)?.follows.holder, all);
    } catch (error) {
      this.#fence.report('the keys of a message could not be found', error, { position: entry.position });
      return [];
    }
  }

  /**
   * Readers who sent nothing in the batch get it as one run of frames. Senders get it entry by entry, so that their own
   * responses keep their place between the entries.
   */
  *#deliverBatch({ keys, committed, textLength }: EntryBatch, holders: Holders<User>): Generator<void> {
    const [first, ...others] = committed;
    const entries = [first.entry, ...others.map(({ entry }) => entry)] as const;
    // Before the first reader: a follow that begins from now on begins after this batch.
    this.position = (entries.at(-1) ?? first.entry).position;
    this.#counts.addStored(entries);
    const broadcast = new BroadcastEncoder(entries, keys, this.#reportUnshowable);
    const isLong = textLength > longText;
    // Looking up its keys has used this turn.
    if (isLong) yield;
    const beganMs = this.#clock.monotonicMs();
    const most = isLong ? 1 : readersBetweenLooks;
    const senders = new Set(entries.map(({ sender }) => this.#users.get(sender)));
    const sendersOnline: { readonly user: User; readonly mask: number }[] = [];
    let online = 0;
    let given = 0;
    for (let at = 0; at < holders.followers.length; at++) {
      const user = holders.followers[at];
      const mask = holders.masks[at] ?? 0;
      if (user === undefined || user.devices.length === 0) continue;
      online++;
      if (senders.has(user)) {
        sendersOnline.push({ user, mask });
        continue;
      }
      this.#giveDevices(user, mask, broadcast, isLong && entries.length === 1);
      if (++given % most === 0) yield;
    }
    if (isLong) this.longTextMs = this.#clock.monotonicMs() - beganMs;
    given = 0;
    for (const { entry, ticket } of committed) {
      const poster = this.#pending.take(ticket);
      const one =
        entries.length === 1 ? broadcast : new BroadcastEncoder([entry], keys, this.#reportUnshowable);
      let reached = online;
      for (const { user, mask } of sendersOnline) {
        if (user.name === entry.sender) reached--;
        else this.#giveDevices(user, mask, one, false);
      }
      this.#giveOwnDevices(one, poster);
      this.#tellPosted(poster, entry, reached);
      given += 1 + sendersOnline.length;
      if (given < most) continue;
      given = 0;
      yield;
    }
  }

  /** A method of its own: as a loop within the generator it takes an eighth longer. */
  #giveDevices(user: User, mask: number, broadcast: BroadcastEncoder, isWrittenAtOnce: boolean): void {
    const { devices } = user;
    for (let at = 0; at < devices.length; at++) {
      const device = devices[at];
      if (device === undefined) continue;
      this.#give(device, user, mask, broadcast);
      if (isWrittenAtOnce) this.flusher.flush(device);
    }
  }

  /** The sender's other devices get an entry whatever the sender follows. */
  #giveOwnDevices(one: BroadcastEncoder, poster: Poster | undefined): void {
    const self = this.#users.get(one.entries[0].sender);
    if (self === undefined) return;
    for (const device of self.devices)
      if (device !== poster?.device && device.encoder.hearsOwn) this.#give(device, self, 0, one);
  }

  #give(device: Device, user: User, mask: number, broadcast: BroadcastEncoder): void {
    try {
      device.outbox.deliver(broadcast.batchFor(user, device.encoder, mask));
      this.#counts.delivered += broadcast.entries.length;
      this.flusher.add(device);
    } catch (error) {
      this.#drop(device, user.name, error);
    }
  }

  /** Disconnects a reader, or a poster, for whom something threw. */
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

  /** Tells posters that their messages were not stored. */
  *refuse(tickets: readonly (Ticket | undefined)[], reason: 'full' | 'closed'): Generator<void> {
    for (const [at, ticket] of tickets.entries()) {
      const poster = this.#pending.take(ticket);
      try {
        poster?.onNotPosted(reason);
      } catch (error) {
        if (poster !== undefined) this.#drop(poster.device, undefined, error);
      }
      if (at % readersBetweenLooks === readersBetweenLooks - 1) yield;
    }
  }

  readonly #reportUnshowable = (error: unknown, { position }: Entry): void => {
    this.#fence.report('a message cannot be shown as it is', error, { position });
  };
}
