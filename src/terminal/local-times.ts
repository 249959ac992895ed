/** How the time of a line is shown: `14:03`, `2026-11-28 14:03:05`, or not at all. */
export type TimeForm = 'short' | 'long' | 'off';

/** Times in a time zone, by default the machine's, in English words wherever the machine is. */
export class LocalTimes {
  readonly #minute: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #second: Intl.DateTimeFormat;

  constructor(timeZone?: string) {
    const zone = timeZone === undefined ? {} : { timeZone };
    this.#minute = new Intl.DateTimeFormat('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...zone,
    });
    this.#second = new Intl.DateTimeFormat('en-GB', {
      dateStyle: 'short',
      timeStyle: 'medium',
      hourCycle: 'h23',
      ...zone,
    });
    const day = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
    this.#day = new Intl.DateTimeFormat('en-GB', { ...day, ...zone });
  }

  /** `14:03`. */
  minuteOf(timeMs: number): string {
    return this.#minute.format(timeMs);
  }

  /** `2026-11-28 14:03:05`, which sorts as text. */
  secondOf(timeMs: number): string {
    const parts = new Map(this.#second.formatToParts(timeMs).map(({ type, value }) => [type, value]));
    const of = (names: readonly string[]): (string | undefined)[] =>
      names.map((name) => parts.get(name as never));
    return `${of(['year', 'month', 'day']).join('-')} ${of(['hour', 'minute', 'second']).join(':')}`;
  }

  /** `Saturday 28 November 2026`. */
  dayOf(timeMs: number): string {
    const parts = new Map(this.#day.formatToParts(timeMs).map(({ type, value }) => [type, value]));
    return ['weekday', 'day', 'month', 'year'].map((part) => parts.get(part as never)).join(' ');
  }

  /** `14:03` when that is on the day of `nowMs`, otherwise `Saturday 28 November 2026, 14:03`. */
  momentOf(timeMs: number, nowMs: number): string {
    const day = this.dayOf(timeMs);
    const minute = this.minuteOf(timeMs);
    return day === this.dayOf(nowMs) ? minute : `${day}, ${minute}`;
  }
}
