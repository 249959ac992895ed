import type { ChatAttachment, ChatMessage } from '../../../client/client.ts';
import { keyOfTerm } from '../../../protocol/terms.ts';
import type { Clock } from '../../../scheduling/clock.ts';
import { counted, durationOf } from '../../lines.ts';

interface Mute {
  /** When it ends, in milliseconds since 1970; infinite when it does not. */
  readonly untilMs: number;
  hidden: number;
}

const maxMutes = 1_000;

/**
 * Whom and what the user does not want to see in this session: `@name` hides what that person says and attaches, a term
 * hides what came only because of it.
 */
export class Mutes {
  readonly #clock: Clock;
  readonly #mutes = new Map<string, Mute>();
  readonly #onOver: (what: string, hidden: number) => void;

  /** `onOver` is called when a mute is found to have ended by itself. */
  constructor(clock: Clock, onOver: (what: string, hidden: number) => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** Mutes `@name` or a term. Returns for how long, in words; undefined when there are too many mutes. */
  mute(what: string, forMs: number): string | undefined {
    const key = keyOfTerm(what);
    const before = this.#mutes.get(key);
    if (before === undefined && this.#mutes.size >= maxMutes) return undefined;
    // The newest is the last of the list.
    this.#mutes.delete(key);
    this.#mutes.set(key, { untilMs: this.#clock.nowMs() + forMs, hidden: before?.hidden ?? 0 });
    return timeOf(forMs);
  }

  /** Returns how many lines were hidden; undefined when `what` was not muted. */
  unmute(what: string): number | undefined {
    this.#dropOver();
    const key = keyOfTerm(what);
    const hidden = this.#mutes.get(key)?.hidden;
    this.#mutes.delete(key);
    return hidden;
  }

  /** A line for each mute, in the order in which they were set. */
  list(): string[] {
    this.#dropOver();
    const nowMs = this.#clock.nowMs();
    return [...this.#mutes].map(([what, { untilMs, hidden }]) => {
      return `${what} ${timeOf(untilMs - nowMs)}: ${counted(hidden, 'line')} hidden`;
    });
  }

  /** Returns whether to hide `entry`, and if so counts it. */
  hides(entry: ChatMessage | ChatAttachment): boolean {
    if (this.#mutes.size === 0 || entry.isOwn) return false;
    this.#dropOver();
    const mute = this.#mutes.get(`@${entry.from}`) ?? this.#ofTerms(entry.matched);
    if (mute === undefined) return false;
    mute.hidden += 1;
    return true;
  }

  /** The mute of the first of `terms`, if all are muted. */
  #ofTerms(terms: readonly string[]): Mute | undefined {
    const mutes = terms.map((term) => this.#mutes.get(keyOfTerm(term)));
    return mutes.includes(undefined) ? undefined : mutes[0];
  }

  #dropOver(): void {
    const nowMs = this.#clock.nowMs();
    for (const [what, { untilMs, hidden }] of this.#mutes) {
      if (untilMs > nowMs) continue;
      this.#mutes.delete(what);
      this.#onOver(what, hidden);
    }
  }
}

function timeOf(ms: number): string {
  if (ms === Infinity) return 'until you leave';
  // Whole minutes first, so that two hours are still two hours a moment later.
  const minutes = Math.ceil(ms / 60_000);
  return `for ${minutes >= 120 ? counted(Math.ceil(minutes / 60), 'hour') : durationOf(ms / 1_000)}`;
}
