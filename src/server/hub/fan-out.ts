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
  /** Counts the turns of the event loop that fan-out was given. */
  readonly turn: () => number;
}

/** A batch on its way to its readers. */
interface Delivery extends Holders<User> {
  readonly broadcast: BroadcastEncoder;
  /** Those of its senders who have not left. */
  readonly senders: ReadonlySet<User | undefined>;
  readonly isWrittenAtOnce: boolean;
  /** The index of the next follower. */
  next: number;
  /** Followers so far who are online. */
  online: number;
  /** Those of them who sent some of the batch. */
  readonly sendersOnline: { readonly user: User; readonly mask: number }[];
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
  readonly #turn: () => number;
  readonly flusher: Flusher;

  constructor({ index, users, pending, fence, counts, clock, turn }: FanOutOptions) {
    this.#index = index;
    this.#users = users;
    this.#pending = pending;
    this.#fence = fence;
    this.#counts = counts;
    this.#clock = clock;
    this.#turn = turn;
    this.flusher = new Flusher(counts, clock, (device, error) => this.#drop(device, undefined, error));
  }

  /** Delivers a committed group to the outboxes, which `flusher` flushes. */
  *deliver(group: readonly Committed[]): Generator<void> {
    const beganMs = this.#clock.monotonicMs();
    this.flusher.begin(beganMs);
    const batches = new EntryBatches(group, (entry, all) => this.#keysOf(entry, all));
    for (let turn = this.#turn(); ; ) {
      if (batches.look()) yield;
      const matchedMs = this.#clock.monotonicMs();
      const batch = batches.take(turn !== this.#turn());
      this.flusher.matchMs += this.#clock.monotonicMs() - matchedMs;
      if (batch === undefined) break;
      turn = this.#turn();
      if (batch.textLength > longText) this.flusher.hasLongText = true;
      if (batch.appended[0].isRepeat)
        for (const { entry, ticket } of batch.appended)
          this.#tellPosted(this.#pending.take(ticket), entry, 0);
      else yield* this.#deliverBatch(batch);
      yield;
    }
    this.entryMs = (this.entryMs + (this.#clock.monotonicMs() - beganMs) / group.length) / 2;
  }

  #keysOf(entry: Entry, all: readonly string[] | undefined): readonly string[] {
    try {
      return matchedKeys(entry, this.#index, this.#users.get(entry.sender)?.follows.id, all);
    } catch (error) {
      this.#fence.report('the keys of a message could not be found', error, { position: entry.position });
      return [];
    }
  }

  /**
   * Readers who sent nothing in the batch get it as one run of frames. Senders get it entry by entry, so that their own
   * responses keep their place between the entries.
   */
  *#deliverBatch({ keys, appended, textLength }: EntryBatch): Generator<void> {
    const entries = appended.map(({ entry }) => entry);
    // Before the first reader: a follow that begins from now on begins after this batch.
    this.position = entries.at(-1)?.position ?? this.position;
    this.#counts.addStored(entries);
    const matchedMs = this.#clock.monotonicMs();
    const holders = this.#index.holders(keys);
    this.flusher.matchMs += this.#clock.monotonicMs() - matchedMs;
    const isLong = textLength > longText;
    const delivery: Delivery = {
      ...holders,
      broadcast: new BroadcastEncoder(entries, keys, this.#reportUnshowable),
      senders: new Set(entries.map(({ sender }) => this.#users.get(sender))),
      // `longTextMs` has to include the writes.
      isWrittenAtOnce: isLong && entries.length === 1,
      next: 0,
      online: 0,
      sendersOnline: [],
    };
    // Looking up its keys has used this turn.
    if (isLong) yield;
    const beganMs = this.#clock.monotonicMs();
    while (this.#giveSome(delivery, isLong ? 1 : readersBetweenLooks)) yield;
    if (isLong) this.longTextMs = this.#clock.monotonicMs() - beganMs;
    let given = 0;
    for (const [at, { entry, ticket }] of appended.entries()) {
      const poster = this.#pending.take(ticket);
      this.#tellPosted(poster, entry, this.#giveSenders(delivery, entry, at, poster));
      given += 1 + delivery.sendersOnline.length;
      if (!isLong && given < readersBetweenLooks) continue;
      given = 0;
      yield;
    }
  }

  /** Gives a batch to the next `most` readers who sent nothing of it. Returns false after the last one. */
  #giveSome(delivery: Delivery, most: number): boolean {
    const { followers, masks, senders, broadcast, isWrittenAtOnce } = delivery;
    for (let given = 0; given < most; delivery.next++) {
      const user = followers[delivery.next];
      if (user === undefined) return false;
      const { devices } = user;
      if (devices.length === 0) continue;
      delivery.online++;
      const mask = masks[delivery.next] ?? 0;
      if (senders.has(user)) {
        delivery.sendersOnline.push({ user, mask });
        continue;
      }
      given++;
      for (let at = 0; at < devices.length; at++) {
        const device = devices[at];
        if (device === undefined) continue;
        this.#give(device, user, mask, broadcast, -1);
        if (isWrittenAtOnce) this.flusher.flush(device);
      }
    }
    return true;
  }

  /** Gives the entry at index `at` to readers who sent some of the batch; returns how many others it has reached. */
  #giveSenders(
    { broadcast, sendersOnline, online }: Delivery,
    { sender }: Entry,
    at: number,
    poster: Poster | undefined,
  ): number {
    let reached = online;
    for (const { user, mask } of sendersOnline) {
      if (user.name === sender) reached--;
      else for (const device of user.devices) this.#give(device, user, mask, broadcast, at);
    }
    // The sender's other devices get it whatever the sender follows.
    const self = this.#users.get(sender);
    if (self === undefined) return reached;
    for (const device of self.devices) {
      if (device !== poster?.device && device.encoder.hearsOwn) this.#give(device, self, 0, broadcast, at);
    }
    return reached;
  }

  /** Delivers the entry at index `at` of the batch; all of them when it is -1. */
  #give(device: Device, user: User, mask: number, broadcast: BroadcastEncoder, at: number): void {
    try {
      const { encoder } = device;
      device.outbox.deliver(
        at < 0 ? broadcast.all(encoder, user, mask) : broadcast.one(encoder, user, mask, at),
      );
      this.#counts.delivered += at < 0 ? broadcast.size : 1;
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
