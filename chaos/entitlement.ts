import type { FollowChange, History, Reading, Send } from './history.ts';

/** Whether somebody has to get a message, may not get it, or either, because something else happened meanwhile. */
export type Entitled = 'yes' | 'no' | 'maybe';

type Holds = 'yes' | 'no' | 'maybe';

/** A request without an answer may still be on its way for so long, when the connection that sent it is gone. */
const stragglerMs = 5_000;

/** Whether a user followed a term, over time: changes take effect somewhere between their beginning and their end. */
class TermTimeline {
  /** From `fromMs` on, until the next one. */
  readonly #states: { readonly fromMs: number; readonly holds: Holds }[] = [];

  constructor(changes: readonly FollowChange[]) {
    let undecidedUntilMs = Number.NEGATIVE_INFINITY;
    for (const { isFollow, beganMs, endedMs } of changes.toSorted((a, b) => a.beganMs - b.beganMs)) {
      this.#states.push({ fromMs: beganMs, holds: 'maybe' });
      // Two requests at once, of two devices: what holds is known after the next one.
      const isAlone = beganMs >= undecidedUntilMs;
      if (endedMs !== undefined && isAlone)
        this.#states.push({ fromMs: endedMs, holds: isFollow ? 'yes' : 'no' });
      undecidedUntilMs = Math.max(undecidedUntilMs, endedMs ?? beganMs + stragglerMs);
    }
  }

  /** Whether it was followed all the time, never, or neither for sure. */
  during(fromMs: number, toMs: number): Holds {
    const first = this.#states.findLastIndex((state) => state.fromMs <= fromMs);
    let holds: Holds = this.#states[first]?.holds ?? 'no';
    for (const state of this.#states.slice(first + 1)) {
      if (state.fromMs > toMs) break;
      if (state.holds !== holds) holds = 'maybe';
    }
    return holds;
  }
}

/** Decides who had to get what. */
export class Entitlement {
  readonly #timelines = new Map<string, Map<string, TermTimeline>>();
  readonly #decidedByMs: ReadonlyMap<string, number>;

  constructor(history: Pick<History, 'follows' | 'sends' | 'readings'>) {
    for (const [user, changes] of Map.groupBy(history.follows, ({ user }) => user)) {
      const byTerm = Map.groupBy(changes, ({ term }) => term);
      this.#timelines.set(user, new Map([...byTerm].map(([term, own]) => [term, new TermTimeline(own)])));
    }
    this.#decidedByMs = decidedByMs(history);
  }

  of(send: Send, { user, device, kind, wire }: Reading): Entitled {
    if (send.from === user) {
      if (kind === 'history') return 'yes';
      // Other devices of the sender hear it over CHAT/1.1; the one that sent it does not.
      return send.device !== device && (wire === 'library' || wire === 'CHAT/1.1') ? 'yes' : 'no';
    }
    // Those who can take no files are told of them in words of the server's, or not at all.
    if (send.sha256 !== undefined && (wire === 'CHAT/1.0' || wire === 'verbs')) return 'maybe';
    if (send.to !== undefined) return send.to === user ? 'yes' : 'no';
    if (send.terms.includes('@all')) return 'yes';
    const toMs = this.#decidedByMs.get(send.id) ?? Number.POSITIVE_INFINITY;
    let entitled: Entitled = 'no';
    for (const term of [...send.terms, `@${send.from}`, '*']) {
      const holds = this.#timelines.get(user)?.get(term)?.during(send.beganMs, toMs) ?? 'no';
      if (holds === 'yes') return 'yes';
      if (holds === 'maybe') entitled = 'maybe';
    }
    return entitled;
  }
}

/**
 * A reader that catches up may be shown a message before the server has told its sender and decided who else gets it: a
 * follow may come in between. It takes no longer than this.
 */
const decidedMs = 5_000;

/** When it was decided at the latest who gets each message, as far as anybody knows. */
function decidedByMs({ sends, readings }: Pick<History, 'sends' | 'readings'>): Map<string, number> {
  const decided = new Map<string, number>();
  const note = (id: string, atMs: number): void => {
    decided.set(id, Math.min(atMs, decided.get(id) ?? Number.POSITIVE_INFINITY));
  };
  for (const { id, outcome } of sends) if (outcome?.kind === 'stored') note(id, outcome.atMs);
  for (const { got } of readings) for (const { id, atMs } of got) note(id, atMs + decidedMs);
  return decided;
}
