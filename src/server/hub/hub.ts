import type { Logger } from 'pino';
import { FollowIndex } from '../follow/follow-index.ts';
import { Follows, type FollowsOptions } from '../follow/follows.ts';
import { holdersOf, matchedKeys } from '../follow/match.ts';
import type { Draft, Entry } from '../log/entry.ts';
import type { Appended, Log, LogObserver, Origin } from '../log/log.ts';
import type { FrameRun } from '../outbox/frame-run.ts';
import { Showing } from './showing.ts';
import { type Stretch, stretchesOf } from './stretch.ts';
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

/**
 * Who is here, and the way of every message: from whoever posts it into the log, and once committed to everybody
 * who holds a key of it. All of its state changes in synchronous calls.
 */
export class Hub implements LogObserver {
  readonly #logger: Logger;
  readonly #index = new FollowIndex<User>();
  /** By name, in order of registration. */
  readonly #users = new Map<string, User>();
  readonly #onStorageFailure: (error: Error) => void;
  #log: Log | undefined;
  #position = 0;

  constructor(options: { readonly logger: Logger; readonly onStorageFailure: (error: Error) => void }) {
    this.#logger = options.logger;
    this.#onStorageFailure = options.onStorageFailure;
  }

  /** Connects the log that reports to this hub. Once, before anybody joins. */
  open(log: Log): void {
    this.#log = log;
    this.#position = log.head;
  }

  /** The position of the newest entry that was handed out. */
  get position(): number {
    return this.#position;
  }

  /** Who is online, in order of registration. */
  *names(): Generator<string> {
    for (const user of this.#users.values()) if (user.devices.length > 0) yield user.name;
  }

  /** Who has the name, online or not. */
  user(name: string): User | undefined {
    return this.#users.get(name);
  }

  isOnline(name: string): boolean {
    return (this.#users.get(name)?.devices.length ?? 0) > 0;
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
    this.#log?.append(draft, poster);
  }

  /** Committed: every entry to everybody who follows a key of it, then each outbox flushed once. */
  onCommit(group: readonly Appended[]): void {
    const touched: Device[] = [];
    const keysOf = (entry: Entry): readonly string[] =>
      matchedKeys(entry, this.#index, this.#users.get(entry.sender));
    for (const { keys, appended } of stretchesOf(group, keysOf)) {
      if (appended[0].isRepeat)
        for (const { entry, origin } of appended) (origin as Poster).onPosted(entry, 0);
      else this.#handOut(keys, appended, touched);
    }
    // Some stand there more than once: then nothing is left to flush.
    for (const device of touched) device.outbox.flush();
  }

  /** Those who said none of it get it whole; those who did, entry by entry, with the answers to them in between. */
  #handOut(keys: readonly string[], appended: Stretch['appended'], touched: Device[]): void {
    const entries = appended.map(({ entry }) => entry);
    const senders = new Set(entries.map(({ sender }) => sender));
    const showing = new Showing(entries, keys);
    const deliver = (device: Device, run: FrameRun): void => {
      device.outbox.deliver(run);
      touched.push(device);
    };
    const sendersAmongThem: User[] = [];
    let online = 0;
    this.#position = entries.at(-1)?.position ?? this.#position;
    for (const user of holdersOf(keys, this.#index)) {
      if (user.devices.length === 0) continue;
      online++;
      if (senders.has(user.name)) sendersAmongThem.push(user);
      else for (const device of user.devices) deliver(device, showing.all(device.form, user));
    }
    for (const [at, { entry, origin }] of appended.entries()) {
      const poster = origin as Poster;
      let reached = online;
      for (const user of sendersAmongThem) {
        if (user.name === entry.sender) reached--;
        else for (const device of user.devices) deliver(device, showing.one(device.form, user, at));
      }
      // Nobody can drop the keys of what they say themselves.
      const self = this.#users.get(entry.sender);
      if (self !== undefined) {
        for (const device of self.devices) {
          if (device === poster.device || !device.form.hearsOwn) continue;
          deliver(device, showing.one(device.form, self, at));
        }
      }
      poster.onPosted(entry, reached);
    }
  }

  onRefuse(origins: readonly Origin[], reason: 'full' | 'closed'): void {
    this.#logger.warn({ messages: origins.length, reason }, 'messages could not be stored');
    for (const origin of origins) (origin as Poster).onNotPosted(reason);
  }

  onFailure(error: Error): void {
    this.#onStorageFailure(error);
  }
}
