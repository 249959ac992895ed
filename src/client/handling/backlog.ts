import type { Entry, Gap } from '../entries.ts';
import type { Place } from '../place.ts';

interface Waiting {
  readonly entry: Entry;
  /** Everything before the entry. */
  readonly before: Place;
}

/** A part of the log, as HISTORY returns it. */
export interface HistoryPage {
  readonly entries: readonly Entry[];
  readonly gaps: readonly Gap[];
}

/** What to read again from the server's log: at most `limit` entries after the position `after`. */
export interface Wanted {
  readonly after: number;
  readonly limit: number;
  /** Everything at positions up to this one is in the log by now. */
  readonly through: number;
  /** How many resets came before. */
  readonly resets: number;
}

/** Attachments count as one character. */
const maxCharacters = 1024 * 1024;
const maxOwn = 65_536;

/**
 * The entries that wait to be handled, in order. It has a bound: above it, entries are dropped, and later read again
 * from the server's log, by position. While some are missing, all newer ones are dropped too, to keep the order.
 */
export class Backlog {
  readonly #isUnsure: () => boolean;
  readonly #maxEntries: number;
  readonly #waiting: Waiting[] = [];
  #characters = 0;
  #isOpen = false;
  #epoch = '';
  #resets = 0;
  /** Everything up to here waits, or is handled. */
  #through = 0;
  /** The newest position that was dropped; nothing is missing unless it is above `#through`. */
  #droppedTo = 0;
  /** Positions after `#through` of what this client sent. */
  readonly #own = new Set<number>();

  /** `isUnsure`: whether this client's own message may be stored at a position that is not known yet. */
  constructor(isUnsure: () => boolean, maxEntries = 256) {
    this.#isUnsure = isUnsure;
    this.#maxEntries = maxEntries;
  }

  /** From now on entries wait here. Before, each counts as handled as it comes. */
  open(): void {
    this.#isOpen = true;
  }

  /** The oldest entry. */
  get first(): Entry | undefined {
    return this.#waiting[0]?.entry;
  }

  /** Everything up to this place is handled; undefined before the first login. */
  get place(): Place | undefined {
    if (this.#epoch === '') return undefined;
    return this.#waiting[0]?.before ?? { position: this.#through, epoch: this.#epoch };
  }

  /** What to read again now; undefined when nothing is missing, or there is no room for it yet. */
  get wanted(): Wanted | undefined {
    const isRoom = this.#waiting.length <= this.#maxEntries / 2 && this.#characters <= maxCharacters / 2;
    if (!this.#isMissing || !isRoom) return undefined;
    const through = this.#droppedTo;
    return { after: this.#through, limit: this.#maxEntries / 2, through, resets: this.#resets };
  }

  /** The inbox's cursor moved: everything up to `place` was pushed, is this client's own, or is for others. */
  moved(place: Place): void {
    if (place.epoch !== this.#epoch) this.reset(place);
    else if (!this.#isMissing) this.#moveTo(place.position);
  }

  /** The log is another one, maybe an earlier state of the same epoch: what was dropped cannot be read again. */
  reset({ position, epoch }: Place): void {
    this.#resets += 1;
    this.#epoch = epoch;
    this.#droppedTo = 0;
    this.#own.clear();
    this.#through = position;
  }

  /** A live entry. Call it before `moved` with a place that includes it. */
  push(entry: Entry): void {
    const position = entry.position ?? 0;
    if (position <= this.#through) return;
    if (this.#isMissing || this.#isFull) this.#droppedTo = position;
    else this.#add(entry, position);
  }

  /** This client's own message is stored at `position`. */
  onStored(position: number): void {
    if (position <= this.#through) return;
    this.#own.add(position);
    const [oldest] = this.#own;
    if (this.#own.size > maxOwn && oldest !== undefined) this.#own.delete(oldest);
  }

  /** The answer to `wanted`: entries in the order of positions, this user's own too. Returns the gaps to report. */
  fill({ after, through, resets }: Wanted, { entries, gaps }: HistoryPage): readonly Gap[] {
    // The positions are those of the log before the reset.
    if (resets !== this.#resets) return [];
    // What is pruned is the oldest.
    for (const { to } of gaps) this.#moveTo(to);
    for (const entry of entries) {
      const position = entry.position ?? 0;
      if (position <= this.#through) continue;
      if (entry.isOwn && this.#own.has(position)) this.#moveTo(position);
      else if (this.#isFull || (entry.isOwn && this.#isUnsure())) break;
      else this.#add({ ...entry, isReplay: false }, position);
    }
    // A short answer may be one that its length cut off: only an empty one says that there is no more.
    if (entries.length === 0) this.#moveTo(through);
    return gaps.flatMap(({ from, to }) => (to > after ? [{ from: Math.max(from, after + 1), to }] : []));
  }

  /** The oldest entry is handled. */
  shift(): void {
    const gone = this.#waiting.shift();
    if (gone !== undefined) this.#characters -= charactersOf(gone.entry);
  }

  /** The server no longer knows this guest. Returns the range of what was dropped and cannot be read again. */
  forget(): Gap | undefined {
    if (!this.#isMissing) return undefined;
    const lost = { from: this.#through + 1, to: this.#droppedTo };
    this.#moveTo(lost.to);
    return lost;
  }

  get #isMissing(): boolean {
    return this.#droppedTo > this.#through;
  }

  get #isFull(): boolean {
    return this.#waiting.length >= this.#maxEntries || this.#characters >= maxCharacters;
  }

  #add(entry: Entry, position: number): void {
    if (this.#isOpen) {
      this.#waiting.push({ entry, before: { position: position - 1, epoch: this.#epoch } });
      this.#characters += charactersOf(entry);
    }
    this.#moveTo(position);
  }

  #moveTo(position: number): void {
    if (position <= this.#through) return;
    this.#through = position;
    // The set is in about ascending order; `maxOwn` takes care of a straggler.
    for (const own of this.#own) {
      if (own > position) break;
      this.#own.delete(own);
    }
  }
}

const charactersOf = (entry: Entry): number => (entry.kind === 'message' ? entry.text.length : 1);
