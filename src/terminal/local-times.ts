/** Times in a time zone, by default the machine's, in English words wherever the machine is. */
export class LocalTimes {
  readonly #minute: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;

  constructor(timeZone?: string) {
    const zone = timeZone === undefined ? {} : { timeZone };
    this.#minute = new Intl.DateTimeFormat('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
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
