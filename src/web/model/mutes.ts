import type { Entry } from '../../client/client.ts';
import { foldWord } from '../../protocol/folding.ts';

/** Terms that are not shown for a while; each until a time in milliseconds since 1970. */
export class Mutes {
  readonly #until = new Map<string, number>();

  constructor(kept: readonly (readonly [string, number])[] = []) {
    for (const [term, untilMs] of kept) this.#until.set(foldWord(term), untilMs);
  }

  mute(term: string, untilMs: number): void {
    this.#until.set(foldWord(term), untilMs);
  }

  unmute(term: string): void {
    this.#until.delete(foldWord(term));
  }

  isMuted(term: string, nowMs: number): boolean {
    return (this.#until.get(foldWord(term)) ?? 0) > nowMs;
  }

  /** Whether `entry` is hidden: its sender is muted, or all terms that brought it are. */
  hides({ from, isOwn, to, matched }: Entry, nowMs: number): boolean {
    if (isOwn || this.#until.size === 0) return false;
    if (this.isMuted(`@${from}`, nowMs)) return true;
    return to === undefined && matched.length > 0 && matched.every((term) => this.isMuted(term, nowMs));
  }

  /** For the next visit. */
  kept(nowMs: number): readonly (readonly [string, number])[] {
    return [...this.#until].filter(([, untilMs]) => untilMs > nowMs);
  }
}
