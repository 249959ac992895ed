/**
 * A cursor: everything for the user up to `position` was delivered, or handled. `epoch` names the numbering of
 * positions. A server whose log is another one, for example after a backup was restored, has another epoch.
 */
export interface Place {
  /** A whole number from 0 on. */
  readonly position: number;
  /** 1 to 64 characters `A–Z a–z 0–9 _ . -`. */
  readonly epoch: string;
}

/** A place store of your own, for example a row in a database. */
export interface PlaceStore {
  /** The place from which `connect` catches up; undefined if there is none yet. If it rejects, so does `connect`. */
  read(): Place | undefined | Promise<Place | undefined>;
  /**
   * Stores `place`. While a call is under way no other is made; then the newest place follows. With `handle` and
   * `messages` it is called after each entry, and the next entry waits for it. If it rejects, a `notice` says so, and
   * the client goes on: after a crash, entries come again.
   */
  keep(place: Place): void | Promise<void>;
}
