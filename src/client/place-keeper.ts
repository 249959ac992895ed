import { id, wholeNumber } from '../protocol/chat11/values.ts';
import type { AccountState, StateStore, StoredState } from './host.ts';
import type { Place, PlaceStore } from './place.ts';
import { systemProblem } from './system-error.ts';

/** Whether `place` has the form that the server accepts. */
export function isPlace(place: Place): boolean {
  return wholeNumber.parse(`${place.position}`) === place.position && id.parse(place.epoch) !== undefined;
}

/** Keeps the place in a store of the library's user, and the token in another one. */
export class PlaceKeeper implements StateStore {
  readonly #own: PlaceStore;
  readonly #tokens: StateStore | undefined;
  readonly #onProblem: (problem: string) => void;
  #kept: Place | undefined;
  #next: Place | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #isKeeping = false;

  /** Calls `onProblem` each time that a place is not stored, with the reason for people. */
  constructor(own: PlaceStore, tokens: StateStore | undefined, onProblem: (problem: string) => void) {
    this.#own = own;
    this.#tokens = tokens;
    this.#onProblem = onProblem;
  }

  /** Rejects as the store does: without its place, messages would be skipped. */
  async read(): Promise<StoredState> {
    const place = await this.#own.read();
    if (place !== undefined && !isPlace(place)) throw new TypeError('The place store returned no place');
    const kept = await this.#tokens?.read();
    this.#kept = place;
    return { place, token: typeof kept === 'object' ? kept.token : undefined };
  }

  keep(state: AccountState): Promise<void> {
    void this.#tokens?.keep(state);
    this.#next = state.place;
    if (!this.#isKeeping) this.#keeping = this.#keepNext();
    return this.#keeping;
  }

  async close(): Promise<void> {
    await this.#keeping;
    await this.#tokens?.close();
  }

  /** One call at a time; a place that came meanwhile is next, and older ones are left out. */
  async #keepNext(): Promise<void> {
    this.#isKeeping = true;
    for (let place = this.#next; place !== undefined; place = this.#next) {
      this.#next = undefined;
      if (place.position === this.#kept?.position && place.epoch === this.#kept.epoch) continue;
      try {
        await this.#own.keep(place);
        this.#kept = place;
      } catch (error) {
        this.#onProblem(systemProblem(error));
      }
    }
    // In the same step in which it found nothing more: a place that comes later must not rely on this call.
    this.#isKeeping = false;
  }
}
