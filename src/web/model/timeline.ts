import type { Entry } from '../../client/client.ts';
import { type Filter, isShown } from './filter.ts';

/** A line of the page that nobody said. */
export interface Note {
  readonly id: number;
  readonly text: string;
  readonly timeMs: number;
  /** It stands behind the entry at this position. */
  readonly after: number;
}

/** One row of the timeline. `key` is its own, whatever comes before it. */
export type Row =
  | { readonly kind: 'entry'; readonly key: string; readonly entry: Entry; readonly isNewSpeaker: boolean }
  | { readonly kind: 'day'; readonly key: string; readonly timeMs: number }
  | { readonly kind: 'away'; readonly key: string }
  | { readonly kind: 'note'; readonly key: string; readonly note: Note };

/** Above one of these, the oldest are let go, until four fifths are left; they can be read again. */
const maxEntries = 60_000;
const maxCharacters = 32 * 1024 * 1024;
const keptShare = 0.8;
const maxNotes = 200;
/** Lines of one person that are further apart show their name again. */
const speakerMs = 5 * 60_000;
const dayMs = 86_400_000;

const positionOf = (entry: Entry): number => entry.position ?? 0;

/** What one filter shows, in the order of positions, each entry once, and the rows that it makes. */
export class Timeline {
  readonly filter: Filter;
  /** Where the user was when they came back: a line stands behind it. */
  awayAt: number | undefined;
  /** Whether an entry is left out for now. */
  isHidden: (entry: Entry) => boolean = () => false;
  /** Everything before the first entry has been read. */
  isComplete = false;
  /** Older entries were refused, and are not asked for before. */
  readAgainMs = 0;
  readonly #zoneOffsetMs: (timeMs: number) => number;
  #entries: Entry[] = [];
  /** Of all their texts. */
  #characters = 0;
  #notes: Note[] = [];
  #rows: Row[] = [];
  /** The day of the last entry: to ask for the offset of a zone takes the longest of all that makes a row. */
  #day = { number: 0, fromMs: 0, toMs: 0 };

  /** `zoneOffsetMs`: what to add to UTC to have the local time. */
  constructor(filter: Filter, zoneOffsetMs: (timeMs: number) => number = localOffsetMs) {
    this.filter = filter;
    this.#zoneOffsetMs = zoneOffsetMs;
  }

  /** Whether older entries can be asked for now. */
  mayHaveOlder(nowMs: number): boolean {
    return !this.isComplete && nowMs >= this.readAgainMs;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The user has what they missed. Before what comes now no line is drawn. */
  endAway(): void {
    const last = this.#entries.at(-1);
    if (this.awayAt !== undefined && (last === undefined || positionOf(last) <= this.awayAt))
      this.awayAt = undefined;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  get first(): number | undefined {
    return this.#entries[0]?.position;
  }

  get last(): number {
    return this.#entries.at(-1)?.position ?? 0;
  }

  /** The newest entries: at most `most`, with at most so many characters. */
  newest(most: number, characters: number): readonly Entry[] {
    let left = characters;
    let from = this.#entries.length;
    const first = Math.max(0, from - most);
    for (; from > first; from--) {
      const entry = this.#entries[from - 1];
      left -= entry === undefined ? 0 : charactersOf(entry);
      if (left < 0) break;
    }
    return this.#entries.slice(from);
  }

  /** Adds what the filter shows. Returns whether it was new. */
  add(entry: Entry): boolean {
    if (!isShown(this.filter, entry)) return false;
    const position = positionOf(entry);
    if (this.#entries.length === 0 || position > this.last) {
      this.#entries.push(entry);
      this.#characters += charactersOf(entry);
      this.#appendRows(entry, this.#entries.at(-2));
      this.#bound();
      return true;
    }
    if (this.#has(position)) return false;
    this.#entries.splice(this.#indexOf(position), 0, entry);
    this.#characters += charactersOf(entry);
    this.rebuild();
    return true;
  }

  /** Adds entries that may be anywhere, such as a page of the history. Returns how many were new. */
  addAll(entries: readonly Entry[]): number {
    const taken = new Set<number>();
    const fresh = entries.filter((entry) => {
      const position = positionOf(entry);
      if (taken.has(position) || this.#has(position) || !isShown(this.filter, entry)) return false;
      taken.add(position);
      this.#characters += charactersOf(entry);
      return true;
    });
    if (fresh.length === 0) return 0;
    this.#entries = [...this.#entries, ...fresh].sort((a, b) => positionOf(a) - positionOf(b));
    this.rebuild();
    return fresh.length;
  }

  note(text: string, timeMs: number): void {
    const note = { id: (this.#notes.at(-1)?.id ?? 0) + 1, text, timeMs, after: this.last };
    this.#notes.push(note);
    if (this.#notes.length > maxNotes) this.#notes.shift();
    this.#rows.push(noteRow(note));
  }

  rebuild(): void {
    this.#rows = [];
    let before: Entry | undefined;
    let notes = 0;
    const addNotes = (upTo: number): void => {
      for (
        let note = this.#notes[notes];
        note !== undefined && note.after < upTo;
        note = this.#notes[++notes]
      )
        this.#rows.push(noteRow(note));
    };
    for (const entry of this.#entries) {
      addNotes(positionOf(entry));
      this.#appendRows(entry, before);
      before = entry;
    }
    addNotes(Number.POSITIVE_INFINITY);
  }

  #appendRows(entry: Entry, before: Entry | undefined): void {
    if (this.isHidden(entry)) return;
    const { timeMs } = entry;
    const position = positionOf(entry);
    const isNewDay = before === undefined || this.#dayOf(before.timeMs) !== this.#dayOf(timeMs);
    if (isNewDay) this.#rows.push({ kind: 'day', key: `day ${position}`, timeMs });
    const { awayAt } = this;
    const isBack = awayAt !== undefined && position > awayAt && before !== undefined;
    if (isBack && positionOf(before) <= awayAt) this.#rows.push({ kind: 'away', key: 'away' });
    const isNewSpeaker =
      isNewDay ||
      before?.from !== entry.from ||
      before.to !== entry.to ||
      timeMs - before.timeMs > speakerMs ||
      this.#rows.at(-1)?.kind !== 'entry';
    this.#rows.push({ kind: 'entry', key: `${position}`, entry, isNewSpeaker });
  }

  #dayOf(timeMs: number): number {
    if (timeMs >= this.#day.fromMs && timeMs < this.#day.toMs) return this.#day.number;
    const offsetMs = this.#zoneOffsetMs(timeMs);
    const number = Math.floor((timeMs + offsetMs) / dayMs);
    const fromMs = number * dayMs - offsetMs;
    const toMs = fromMs + dayMs;
    // On a day on which the clocks change it is computed each time.
    const isPlain = this.#zoneOffsetMs(fromMs) === offsetMs && this.#zoneOffsetMs(toMs) === offsetMs;
    if (isPlain) this.#day = { number, fromMs, toMs };
    return number;
  }

  #has(position: number): boolean {
    return this.#entries[this.#indexOf(position)]?.position === position;
  }

  #indexOf(position: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.position ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #bound(): void {
    if (this.#entries.length <= maxEntries && this.#characters <= maxCharacters) return;
    let gone = Math.max(0, this.#entries.length - keptShare * maxEntries);
    for (const entry of this.#entries.slice(0, gone)) this.#characters -= charactersOf(entry);
    for (let entry = this.#entries[gone]; entry !== undefined; entry = this.#entries[++gone]) {
      if (this.#characters <= keptShare * maxCharacters) break;
      this.#characters -= charactersOf(entry);
    }
    this.#entries = this.#entries.slice(gone);
    this.isComplete = false;
    this.rebuild();
  }
}

const charactersOf = (entry: Entry): number => (entry.kind === 'message' ? entry.text.length : 0);

const noteRow = (note: Note): Row => ({ kind: 'note', key: `note ${note.id}`, note });

function localOffsetMs(timeMs: number): number {
  return -new Date(timeMs).getTimezoneOffset() * 60_000;
}
