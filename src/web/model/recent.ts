import type { Entry } from '../../client/client.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Database } from '../host/database.ts';

const keptEntries = 200;
const intervalMs = 2_000;

/** The newest entries of a user, and what they follow, so that the page shows something before, and without, a connection. */
export class Recent {
  readonly #database: Database;
  readonly #name: string;
  readonly #clock: Clock;
  #next: readonly Entry[] = [];
  #isDue = false;
  #isOver = false;

  constructor(database: Database, name: string, clock: Clock) {
    this.#database = database;
    this.#name = name;
    this.#clock = clock;
  }

  /** What this page itself stored: nobody else writes there. */
  async read(): Promise<readonly Entry[]> {
    const kept = await this.#database.get('recent', this.#name).catch(() => undefined);
    return Array.isArray(kept) ? (kept as Entry[]) : [];
  }

  async readFollows(): Promise<readonly string[]> {
    const kept = await this.#database.get('recent', followsKey(this.#name)).catch(() => undefined);
    return Array.isArray(kept) ? kept.filter((term) => typeof term === 'string') : [];
  }

  keepFollows(terms: readonly string[]): void {
    if (!this.#isOver) void this.#database.put('recent', followsKey(this.#name), [...terms]).catch(() => {});
  }

  /** Forgets all of it, for good. */
  async forget(): Promise<void> {
    this.#isOver = true;
    await this.#database.remove('recent', this.#name).catch(() => {});
    await this.#database.remove('recent', followsKey(this.#name)).catch(() => {});
  }

  keep(entries: readonly Entry[]): void {
    this.#next = entries;
    if (this.#isDue || this.#isOver) return;
    this.#isDue = true;
    this.#clock.after(intervalMs, () => {
      this.#isDue = false;
      if (this.#isOver) return;
      const newest = this.#next
        .slice(-keptEntries)
        .map((entry) => ({ ...entry, matched: [...entry.matched] }));
      void this.#database.put('recent', this.#name, newest).catch(() => {});
    });
  }
}

/** No name has a space. */
const followsKey = (name: string): string => `${name} follows`;
