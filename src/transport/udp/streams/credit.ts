/**
 * How much a peer may send on a stream before it is read: a window beyond what was read. The window doubles when it is
 * what holds the peer up: when the peer fills a quarter of it in less than a round trip, or when it is nearly full because
 * of packets that are missing. It has a bound, and what all streams of an endpoint may grow by has one, too.
 */
export class SharedCredit {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get left(): number {
    return this.#left;
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}

export class Credit {
  readonly #shared: SharedCredit;
  readonly #most: number;
  #window: number;
  #borrowed = 0;
  #renewedMs = -Infinity;
  #isTight = false;
  /** Bytes that were read, or dropped. */
  consumed = 0;
  /** What the peer was told: it may send up to here. */
  limit: number;
  /** Of which limit it is known that the peer has heard. */
  heardLimit = 0;

  constructor(initial: number, most: number, shared: SharedCredit) {
    this.#window = initial;
    this.#most = most;
    this.#shared = shared;
    this.limit = initial;
  }

  /** Whether the peer should hear of a higher limit: early, so that it can miss one and not stop. */
  get isDue(): boolean {
    return this.#isTight || this.limit - this.consumed <= (this.#window * 3) / 4;
  }

  /** Bytes up to `highest` arrived, though not all before it, and the reader waits for them. */
  onWaiting(highest: number): void {
    if (highest > this.limit - this.#window / 2 && this.#window < this.#most) this.#isTight = true;
  }

  /** Returns the new limit, to tell the peer. */
  renew(nowMs: number, roundTripMs: number): number {
    const isFast = this.#isTight || nowMs - this.#renewedMs < roundTripMs;
    if (isFast && this.#window * 2 <= this.#most && this.#shared.take(this.#window)) {
      this.#borrowed += this.#window;
      this.#window *= 2;
    }
    this.#isTight = false;
    this.#renewedMs = nowMs;
    this.limit = Math.max(this.limit, this.consumed + this.#window);
    return this.limit;
  }

  close(): void {
    this.#shared.giveBack(this.#borrowed);
    this.#borrowed = 0;
  }
}
