import type { Clock, Timer } from '../scheduling/clock.ts';
import { type Entry, type EntryLineOptions, entryLine, ownLine } from './entry-line.ts';
import type { Line, Style } from './line.ts';
import { chatLineOf } from './lines.ts';
import { LocalTimes, type TimeForm } from './local-times.ts';
import type { Screen } from './screen.ts';

const minuteMs = 60_000;
const maxHeld = 1_000;

export interface TimelineOptions {
  readonly screen: Screen;
  readonly clock: Clock;
  /** The name of the user who reads. */
  readonly reader: string;
  readonly times?: LocalTimes;
  /** How to show the time of the next line; `short` without it. */
  readonly timeForm?: () => TimeForm;
}

/** An entry, and how to show it. */
export interface Shown extends Omit<EntryLineOptions, 'reader'> {
  readonly entry: Entry;
}

/** A part of the past. */
export interface Page {
  readonly title: string;
  readonly entries: readonly Shown[];
  /** What follows the last entry. */
  readonly end: string;
}

/**
 * The conversation on a screen. On a terminal each line has its time in front, lines across the screen (`── … ──`)
 * divide days and what was missed, and whatever has no time in front is the program's own. Through pipes entries are
 * lines as `chatLineOf` formats them, and nothing divides them.
 */
export class Timeline {
  readonly #screen: Screen;
  readonly #clock: Clock;
  readonly #reader: string;
  readonly #times: LocalTimes;
  readonly #timeForm: () => TimeForm;
  /** The day of the last line, or today. */
  #day: string;
  #midnight: Timer | undefined;
  #last: Entry | undefined;
  /** What is shown after `release`. */
  #held: (() => void)[] | undefined;

  constructor({
    screen,
    clock,
    reader,
    times = new LocalTimes(),
    timeForm = () => 'short',
  }: TimelineOptions) {
    this.#screen = screen;
    this.#clock = clock;
    this.#reader = reader;
    this.#times = times;
    this.#timeForm = timeForm;
    this.#day = this.#today;
    if (screen.isTerminal) this.#awaitMidnight();
  }

  /** The last entry that was shown. */
  get last(): Entry | undefined {
    return this.#last;
  }

  /** Shows an entry. `offer`: the number with which `!fetch` saves the file. */
  show(entry: Entry, offer?: number): void {
    this.#soon(() => this.#show({ entry, offer }));
  }

  /** Shows a text that the user typed here; through pipes nothing. */
  showOwn(text: string, timeMs = this.#clock.nowMs()): void {
    if (this.#screen.isTerminal) this.#soon(() => this.#showTimed(timeMs, ownLine(text)));
  }

  /** Shows a line across the screen; through pipes nothing. */
  divide(text: string, style: Style = 'notice'): void {
    if (this.#screen.isTerminal) this.#soon(() => this.#divide(text, style));
  }

  /** Shows a part of the past; through pipes its entries only. */
  page({ title, entries, end }: Page): void {
    const isTerminal = this.#screen.isTerminal;
    this.#day = this.#today;
    if (isTerminal) this.#divide(title);
    for (const shown of entries) this.#show(shown);
    if (!isTerminal) return;
    this.#divide(end);
    this.#day = this.#today;
  }

  /** Keeps back everything but pages, until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  /** Idempotent. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const show of held) show();
  }

  /** Returns the time of day, with the day if that is not today. */
  momentOf(timeMs: number): string {
    return this.#times.momentOf(timeMs, this.#clock.nowMs());
  }

  /** Ends the wait for the next day. Idempotent. */
  close(): void {
    this.#midnight?.cancel();
  }

  get #today(): string {
    return this.#times.dayOf(this.#clock.nowMs());
  }

  #soon(show: () => void): void {
    if (this.#held === undefined) {
      show();
      return;
    }
    this.#held.push(show);
    if (this.#held.length >= maxHeld) this.release();
  }

  #show({ entry, offer, marked }: Shown): void {
    this.#last = entry;
    if (this.#screen.isTerminal) {
      this.#showTimed(entry.timeMs, entryLine(entry, { reader: this.#reader, offer, marked }));
      return;
    }
    this.#screen.show(
      offer === undefined ? chatLineOf(entry) : `${chatLineOf(entry)}; !fetch ${offer} saves it`,
    );
  }

  #showTimed(timeMs: number, line: Line): void {
    this.#turnTo(this.#times.dayOf(timeMs));
    this.#screen.show([...this.#stampOf(timeMs), ...line]);
  }

  #stampOf(timeMs: number): Line {
    const form = this.#timeForm();
    if (form === 'off') return [];
    const time = form === 'long' ? this.#times.secondOf(timeMs) : this.#times.minuteOf(timeMs);
    return [{ text: `${time} `, style: 'time' }];
  }

  #turnTo(day: string): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#divide(day);
  }

  #divide(text: string, style: Style = 'notice'): void {
    this.#screen.show([{ text: `── ${text} ──`, style }]);
  }

  /** Looks once a minute, because a computer may sleep over midnight, or its clock be set. */
  #awaitMidnight(): void {
    const untilNextMs = minuteMs - (this.#clock.nowMs() % minuteMs);
    const before = this.#today;
    this.#midnight = this.#clock.after(untilNextMs, () => {
      const today = this.#today;
      if (today !== before) this.#soon(() => this.#turnTo(today));
      this.#awaitMidnight();
    });
  }
}
