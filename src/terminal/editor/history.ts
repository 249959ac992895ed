import type { Draft } from './draft.ts';
import { draftOf } from './draft.ts';

/** How many lines are kept. */
export const historyLines = 1_000;

/** The lines that were entered. One walks through them from the draft, which is kept meanwhile. */
export class History {
  readonly #lines: string[];
  /** Where one is: an index of a line, or the number of lines at the draft. */
  #place: number;
  #draft: Draft | undefined;

  /** `lines`: those of earlier runs, the oldest first. */
  constructor(lines: readonly string[] = []) {
    this.#lines = lines.slice(-historyLines);
    this.#place = this.#lines.length;
  }

  /** Adds a line, unless it is blank or the same as the last, and returns to the end. Returns whether it was added. */
  add(line: string): boolean {
    const isNew = line.trim() !== '' && line !== this.#lines.at(-1);
    if (isNew) this.#lines.push(line);
    if (this.#lines.length > historyLines) this.#lines.shift();
    this.reset();
    return isNew;
  }

  /** Returns to the end, and forgets the draft from which one had left. */
  reset(): void {
    this.#place = this.#lines.length;
    this.#draft = undefined;
  }

  /** Goes one line up (-1) or down (1) from the draft `now`; undefined at the end of the way. */
  go(by: -1 | 1, now: Draft): Draft | undefined {
    const place = this.#place + by;
    if (place < 0 || place > this.#lines.length) return undefined;
    this.#draft ??= now;
    const draft = this.#draft;
    this.#place = place;
    const line = this.#lines[place];
    if (line !== undefined) return draftOf(line);
    this.#draft = undefined;
    return draft;
  }

  /** Finds the newest line that contains `part`, older than the line at `before`; undefined when there is none. */
  find(
    part: string,
    before = this.#lines.length,
  ): { readonly place: number; readonly line: string } | undefined {
    const folded = part.toLowerCase();
    const skip = this.#lines[before];
    const place = this.#lines.findLastIndex(
      (line, index) => index < before && line !== skip && line.toLowerCase().includes(folded),
    );
    const line = this.#lines[place];
    return line === undefined ? undefined : { place, line };
  }
}
