import type { Clock } from '../../scheduling/clock.ts';
import { askedMs } from '../back-off.ts';
import type { Entry, Gap } from '../entries.ts';
import { RefusedError } from '../errors.ts';
import type { Place } from '../place.ts';
import { Backlog, type HistoryPage, type Wanted } from './backlog.ts';
import { WaitingEntries } from './waiting-entries.ts';

export interface LogEntriesOptions {
  readonly clock: Clock;
  /** Whether this client's own message may be stored at a position that is not known yet. */
  isUnsure(): boolean;
  /** Reads the log. Rejects without a connection. */
  history(range: { readonly after: number; readonly limit: number }): Promise<HistoryPage>;
  /** Keeps the place; resolves when that is done or has failed. */
  keepPlace(): Promise<void>;
  onGap(gap: Gap): void;
  /** How many entries wait in memory, an even number; by default 256. */
  readonly maxWaiting?: number;
}

/** A refusal without a time: something is wrong at the server. */
const pauseS = 30;

/** The entries of a server with a log: what the backlog had no room for is read again. */
export class LogEntries extends WaitingEntries {
  readonly #options: LogEntriesOptions;
  readonly #backlog: Backlog;
  #isReading = false;
  /** Reading again waits for a time, a login, or the response to an own text. */
  #isBlocked = false;

  constructor(options: LogEntriesOptions) {
    super();
    this.#options = options;
    this.#backlog = new Backlog(options.isUnsure, options.maxWaiting);
  }

  open(): void {
    this.#backlog.open();
  }

  /** Everything up to this place is handled; undefined before the first login. */
  get place(): Place | undefined {
    return this.#backlog.place;
  }

  ready(): Promise<void> {
    return this.#options.keepPlace();
  }

  first(): Entry | undefined {
    this.#readAgain();
    return this.#backlog.first;
  }

  async done(): Promise<void> {
    this.#backlog.shift();
    await this.#options.keepPlace();
  }

  /** A live entry. Call it before `moved` with a place that includes it. */
  push(entry: Entry): void {
    this.#backlog.push(entry);
    this.wake();
  }

  /** The inbox's cursor moved. */
  moved(place: Place): void {
    this.#backlog.moved(place);
  }

  /** The server's log is another one, and goes on at `place`. */
  reset(place: Place): void {
    this.#backlog.reset(place);
  }

  onStored(position: number): void {
    this.#backlog.onStored(position);
  }

  /** Call it when `isUnsure` may have changed, and after a login. */
  resume(): void {
    this.#isBlocked = false;
    this.wake();
  }

  /** The server no longer knows this guest: reports what cannot be read again. */
  forget(): void {
    const lost = this.#backlog.forget();
    if (lost !== undefined) this.#options.onGap(lost);
  }

  #readAgain(): void {
    const { wanted } = this.#backlog;
    if (wanted === undefined || this.#isReading || this.#isBlocked) return;
    this.#isReading = true;
    this.#isBlocked = true;
    void this.#read(wanted).finally(() => {
      this.#isReading = false;
      this.wake();
    });
  }

  async #read(wanted: Wanted): Promise<void> {
    const { after, limit } = wanted;
    try {
      const page = await this.#options.history({ after, limit });
      for (const gap of this.#backlog.fill(wanted, page)) this.#options.onGap(gap);
      // Without progress the next entry is perhaps the echo of an own text that has no response yet.
      if (this.#backlog.wanted?.after !== after) this.#isBlocked = false;
    } catch (error) {
      // Without a connection the next login resumes.
      if (!(error instanceof RefusedError)) return;
      this.#options.clock.after(askedMs(error.retryAfterS ?? pauseS), () => this.resume());
    }
  }
}
