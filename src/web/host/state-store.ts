import type { AccountState, StateStore, StoredState } from '../../client/host.ts';
import { isPlace } from '../../client/place-keeper.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import type { Database } from './database.ts';

const intervalMs = 500;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Where one user of this server was, and the token with which they come back. */
export class BrowserState implements StateStore {
  readonly #database: Database;
  readonly #key: string;
  readonly #clock: Clock;
  #next: AccountState | undefined;
  /** What this tab read or wrote last. Another tab may have a newer one since. */
  #token: string | undefined;
  #timer: Timer | undefined;
  #kept: Promise<void> = Promise.resolve();

  constructor(database: Database, name: string, clock: Clock) {
    this.#database = database;
    this.#key = name;
    this.#clock = clock;
  }

  async read(): Promise<StoredState | undefined> {
    const kept = await this.#database.get('state', this.#key).catch(() => undefined);
    if (!isRecord(kept)) return undefined;
    const { place, token, storedMs } = kept;
    const isKnown = isRecord(place) && typeof place.position === 'number' && typeof place.epoch === 'string';
    const known = isKnown ? { position: Number(place.position), epoch: String(place.epoch) } : undefined;
    this.#token = typeof token === 'string' ? token : undefined;
    return {
      place: known !== undefined && isPlace(known) ? known : undefined,
      token: this.#token,
      storedMs: typeof storedMs === 'number' ? storedMs : undefined,
    };
  }

  /** The first state at once, later ones within half a second: the page shows an entry that comes again once. */
  keep(state: AccountState): void {
    const isFirst = this.#next === undefined || this.#next.token !== state.token;
    this.#next = state;
    if (isFirst) this.#write();
    else
      this.#timer ??= this.#clock.after(intervalMs, () => {
        this.#timer = undefined;
        this.#write();
      });
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#write();
    await this.#kept;
  }

  #write(): void {
    if (this.#next === undefined) return;
    const { place, token } = this.#next;
    const isOurs = token !== this.#token;
    this.#token = token;
    const value = { place: { ...place }, token, storedMs: this.#clock.nowMs() };
    this.#kept = this.#database
      .update('state', this.#key, (kept) =>
        isOurs || !isRecord(kept) ? value : { ...value, token: kept.token },
      )
      .catch(() => {});
  }
}
