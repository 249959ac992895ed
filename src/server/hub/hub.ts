import type { Logger } from 'pino';
import { type Clock, systemClock } from '../../scheduling/clock.ts';
import { nextRound } from '../../scheduling/turns.ts';
import { FanOutCounts } from '../counts/fan-out-counts.ts';
import { type Audience, audienceOf } from '../follow/audience.ts';
import { FollowIndex } from '../follow/follow-index.ts';
import { Follows, type FollowsOptions } from '../follow/follows.ts';
import type { Bus, BusObserver, Committed, Ticket } from '../log/bus.ts';
import { Fence } from '../logging/fence.ts';
import type { Draft } from '../messages/entry.ts';
import { FanOut, type Poster } from './fan-out.ts';
import { PendingPosts } from './pending-posts.ts';
import type { User } from './user.ts';

export interface HubOptions {
  readonly logger: Logger;
  readonly onStorageFailure: (error: Error) => void;
  /** Measures how long fan-out takes. */
  readonly clock?: Clock;
  /** Fan-out yields to the rest of the server after so many milliseconds. */
  readonly turnMs?: number;
}

/**
 * Knows who is registered, and where every message goes: from its poster to the bus, and from the bus to its subscribers. Its
 * state changes only in synchronous calls. Fan-out to thousands takes turns with the rest of the server; entries keep
 * their order, and refusals their place among them.
 */
export class Hub implements BusObserver {
  readonly #logger: Logger;
  readonly #fence: Fence;
  readonly #turnMs: number;
  readonly #onStorageFailure: (error: Error) => void;
  readonly #index = new FollowIndex<User>();
  /** By name, in order of registration. */
  readonly #users = new Map<string, User>();
  readonly #fanOut: FanOut;
  readonly pending = new PendingPosts<Poster>();
  readonly counts = new FanOutCounts();
  #bus: Bus | undefined;
  /** Groups and refusals that are not told completely, in the order of the log. The first is in progress. */
  readonly #outcomes: Generator<void>[] = [];

  constructor({ logger, onStorageFailure, clock = systemClock, turnMs = 2 }: HubOptions) {
    this.#logger = logger;
    this.#fence = new Fence(logger);
    this.#turnMs = turnMs;
    this.#onStorageFailure = onStorageFailure;
    this.#fanOut = new FanOut({
      index: this.#index,
      users: this.#users,
      pending: this.pending,
      fence: this.#fence,
      counts: this.counts,
      clock,
    });
  }

  /** Connects the bus that reports to this hub. Call it once, before anybody joins. */
  open(bus: Bus): void {
    this.#bus = bus;
    this.#fanOut.position = bus.head;
  }

  /** The position of the newest entry that was delivered. */
  get position(): number {
    return this.#fanOut.position;
  }

  /** See `FanOut`. */
  get entryMs(): number {
    return this.#fanOut.entryMs;
  }

  /** See `FanOut`. */
  get longTextMs(): number {
    return this.#fanOut.longTextMs;
  }

  /** Adds a user whose name is free, and returns their follows, which begin with `own`. The caller owes a `leave`. */
  join(user: User, own: Omit<FollowsOptions<User>, 'index' | 'follower' | 'name' | 'hub'>): Follows<User> {
    if (this.#users.has(user.name)) throw new Error(`${user.name} is here already`);
    this.#users.set(user.name, user);
    return new Follows({ ...own, index: this.#index, follower: user, name: user.name, hub: this });
  }

  /** Idempotent, also when somebody else has the name by now. */
  leave(user: User): void {
    user.follows.leave();
    if (this.#users.get(user.name) === user) this.#users.delete(user.name);
  }

  /** Posts a message; `poster` is notified of the outcome later. */
  post(draft: Draft, poster: Poster): void {
    this.#bus?.append(draft, this.pending.add(poster));
  }

  /** Who is online and would get a message with these keys from `sender`. */
  audience(keys: readonly string[], text: string, sender: string): Audience {
    const user = this.#users.get(sender);
    const isCounted = (other: User): boolean => other !== user && other.devices.length > 0;
    return audienceOf(keys, text, this.#index, user?.follows.holder, isCounted);
  }

  onCommit(group: readonly Committed[]): void {
    this.#tell(this.#fanOut.deliver(group));
  }

  /** Told after the groups before it, so that each poster is answered in the order of their posts. */
  onRefuse(tickets: readonly (Ticket | undefined)[], reason: 'full' | 'closed'): void {
    this.#logger.warn({ messages: tickets.length, reason }, 'messages could not be stored');
    this.#tell(this.#fanOut.refuse(tickets, reason));
  }

  onFailure(error: Error): void {
    this.#onStorageFailure(error);
  }

  #tell(outcome: Generator<void>): void {
    this.#outcomes.push(this.#andFlush(outcome));
    if (this.#outcomes.length > 1 || this.#takeTurn()) return;
    void nextRound().then(() => this.#goOn());
  }

  *#andFlush(outcome: Generator<void>): Generator<void> {
    try {
      yield* outcome;
    } finally {
      const isLast = this.#outcomes.length === 1;
      if (this.#fanOut.flusher.isDue(isLast)) yield* this.#fanOut.flusher.flushAll();
    }
  }

  #goOn(): void {
    if (!this.#takeTurn()) setImmediate(() => this.#goOn());
  }

  /** Tells outcomes for `turnMs`. Returns true when all are told. */
  #takeTurn(): boolean {
    const endMs = performance.now() + this.#turnMs;
    for (let outcome = this.#outcomes[0]; outcome !== undefined; outcome = this.#outcomes[0]) {
      if (this.#step(outcome)) this.#outcomes.shift();
      if (this.#outcomes.length > 0 && performance.now() >= endMs) return false;
    }
    return true;
  }

  /** Goes on with an outcome until it may be interrupted. Returns whether it is told completely. */
  #step(outcome: Generator<void>): boolean {
    try {
      return outcome.next().done === true;
    } catch (error) {
      this.#fence.report('messages could not be handed out', error);
      return true;
    }
  }
}
