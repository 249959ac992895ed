import type { Logger } from 'pino';
import { FollowIndex } from '../follow/follow-index.ts';
import { Follows } from '../follow/follows.ts';
import { match } from '../follow/match.ts';
import type { Draft, Entry } from '../log/entry.ts';
import type { Appended, Log, LogObserver, Origin } from '../log/log.ts';
import type { Frame } from '../outbox/frame.ts';
import type { Member } from './member.ts';

/** Whoever posted a message and wants to know what became of it. */
export interface Poster {
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
  readonly #index = new FollowIndex<Member>();
  /** By name, in order of registration. */
  readonly #members = new Map<string, Member>();
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
  names(): Iterable<string> {
    return this.#members.keys();
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  /**
   * Adds a member, who from here on follows themselves and all, and gives its follows. `has` tells beforehand, in
   * the same turn, whether the name is free. `leave` is to be called with both.
   */
  join(member: Member, mostTerms: number): Follows<Member> {
    if (this.#members.has(member.name)) throw new Error(`${member.name} is here already`);
    this.#members.set(member.name, member);
    const position = (): number => this.#position;
    return new Follows({ index: this.#index, follower: member, name: member.name, position, mostTerms });
  }

  leave(member: Member, follows: Follows<Member>): void {
    follows.leave();
    this.#members.delete(member.name);
  }

  /** Takes a message in. The poster hears of it later. */
  post(draft: Draft, poster: Poster): void {
    this.#log?.append(draft, poster);
  }

  /** Committed: every entry to everybody who follows a key of it, then each outbox flushed once. */
  onCommit(group: readonly Appended[]): void {
    const reached = new Set<Member>();
    for (const { entry, origin, isRepeat } of group) {
      if (isRepeat) {
        (origin as Poster).onPosted(entry, 0);
        continue;
      }
      this.#position = entry.position;
      const frames = new Map<Member['form'], Frame>();
      let count = 0;
      for (const member of match(entry, this.#index)) {
        if (member.name === entry.sender) continue;
        member.outbox.deliver(frameFor(member, entry, frames));
        reached.add(member);
        count++;
      }
      (origin as Poster).onPosted(entry, count);
    }
    for (const member of reached) member.outbox.flush();
  }

  onRefuse(origins: readonly Origin[], reason: 'full' | 'closed'): void {
    this.#logger.warn({ messages: origins.length, reason }, 'messages could not be stored');
    for (const origin of origins) (origin as Poster).onNotPosted(reason);
  }

  onFailure(error: Error): void {
    this.#onStorageFailure(error);
  }
}

/** One encoding for each wire form, shared by all its readers. */
function frameFor(member: Member, entry: Entry, frames: Map<Member['form'], Frame>): Frame {
  const encoded = frames.get(member.form);
  if (encoded !== undefined) return encoded;
  const frame = member.form.encode(entry);
  frames.set(member.form, frame);
  return frame;
}
