import type { Clock, Timer } from '../../../scheduling/clock.ts';

/** A typed line that the server has not confirmed. */
export interface UnconfirmedLine {
  readonly text: string;
  readonly sinceMs: number;
  /** Whether the connection broke while the line may have been on its way: nobody knows whom it reached then. */
  readonly isUnsure: boolean;
}

interface Line extends UnconfirmedLine {
  isUnsure: boolean;
}

/** A confirmation usually takes a few milliseconds: until this age a line looks like a sent one, but dim. */
const soonMs = 1_000;
/** From this age on, the row says how old its line is. */
const lateMs = 5_000;

/** The rows of the typed lines that the server has not confirmed, in the order in which they were typed. */
export class Unconfirmed {
  readonly #clock: Clock;
  readonly #show: (rows: readonly string[]) => void;
  readonly #lines = new Set<Line>();
  #isOnline = true;
  #timer: Timer | undefined;

  constructor(clock: Clock, show: (rows: readonly string[]) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  get count(): number {
    return this.#lines.size;
  }

  /** The connection broke, or is back. */
  set isOnline(isOnline: boolean) {
    // One line is in flight at a time.
    const [first] = this.#lines;
    if (this.#isOnline && !isOnline && first !== undefined) first.isUnsure = true;
    this.#isOnline = isOnline;
    if (this.count > 0) this.#refresh();
  }

  add(text: string): UnconfirmedLine {
    const line: Line = { text, sinceMs: this.#clock.monotonicMs(), isUnsure: false };
    this.#lines.add(line);
    this.#refresh();
    return line;
  }

  /** The server has confirmed or refused `line`. */
  remove(line: UnconfirmedLine): void {
    this.#lines.delete(line);
    this.#refresh();
  }

  #refresh(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    this.#show([...this.#lines].map((line) => this.#rowOf(line, nowMs)));
    if (this.count > 0) this.#timer = this.#clock.after(1_000, () => this.#refresh());
  }

  #rowOf({ text, sinceMs }: Line, nowMs: number): string {
    const ageMs = nowMs - sinceMs;
    if (!this.#isOnline) return `(waits for the connection) ${text}`;
    if (ageMs < soonMs) return `> ${text}`;
    return ageMs < lateMs
      ? `(sending) ${text}`
      : `(not confirmed for ${Math.floor(ageMs / 1_000)} s) ${text}`;
  }
}
