import { type Draft, memoryBytes } from '../messages/entry.ts';
import type { Committed, Ticket } from './bus.ts';
import { addDraft, type Cell } from './rows.ts';
import type { Repeats } from './worker-messages.ts';

/** A group is one transaction, so it is bounded by what takes a few milliseconds to write. */
const maxEntries = 1024;
const maxMemoryBytes = 2 * 1024 * 1024;

/** Drafts that are committed together, in order, with their tickets. */
export class Group {
  readonly #drafts: Draft[] = [];
  readonly #tickets: (Ticket | undefined)[] = [];
  #memoryBytes = 0;

  get isFull(): boolean {
    return this.#drafts.length >= maxEntries || this.#memoryBytes >= maxMemoryBytes;
  }

  get tickets(): readonly (Ticket | undefined)[] {
    return this.#tickets;
  }

  add(draft: Draft, ticket: Ticket | undefined): void {
    this.#drafts.push(draft);
    this.#tickets.push(ticket);
    this.#memoryBytes += memoryBytes(draft.message);
  }

  /** Encoded for the writer thread. */
  cells(): Cell[] {
    const cells: Cell[] = [];
    for (const draft of this.#drafts) addDraft(cells, draft);
    return cells;
  }

  /** The outcome when there was no space: only repeats are stored. In order, because posters are answered in order. */
  refused(repeats: Repeats): RefusedRun[] {
    const runs: RefusedRun[] = [];
    for (const [index, appended] of this.committed(0, repeats).entries()) {
      const last = runs.at(-1);
      if (repeats.has(index)) {
        if (last?.stored) last.stored.push(appended);
        else runs.push({ stored: [appended] });
      } else if (last?.refused) last.refused.push(appended.ticket);
      else runs.push({ refused: [appended.ticket] });
    }
    return runs;
  }

  /** The outcome when the drafts got positions from `first` on. Repeats keep the positions they had. */
  committed(first: number, repeats: Repeats): Committed[] {
    let next = first;
    return this.#drafts.map(({ timeMs, sender, message }, index) => {
      const repeated = repeats.get(index);
      const position = repeated ?? next++;
      const entry = { position, timeMs, sender, message };
      return { entry, ticket: this.#tickets[index], isRepeat: repeated !== undefined };
    });
  }
}

/** Consecutive drafts of a group that had all been stored before, or were all refused. */
export type RefusedRun =
  | { readonly stored: Committed[]; readonly refused?: undefined }
  | { readonly stored?: undefined; readonly refused: (Ticket | undefined)[] };

/** Groups that wait while an earlier one is committed. */
export class GroupQueue {
  readonly #groups: Group[] = [];

  add(draft: Draft, ticket: Ticket | undefined): void {
    let last = this.#groups.at(-1);
    if (last === undefined || last.isFull) {
      last = new Group();
      this.#groups.push(last);
    }
    last.add(draft, ticket);
  }

  /** Removes the first group; nothing is added to it any more. */
  take(): Group | undefined {
    return this.#groups.shift();
  }
}
