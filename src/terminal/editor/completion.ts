import type { Draft } from './draft.ts';
import { cleaned, replace } from './draft.ts';

/** What may stand in a draft in place of the text from `from` to the cursor. */
export interface Completions {
  readonly from: number;
  /** Whole replacements, with the space behind a finished word. */
  readonly candidates: readonly string[];
}

/** Returns what can complete the text before the cursor; undefined when nothing can. Never throws or rejects. */
export type Complete = (
  text: string,
  cursor: number,
) => Completions | undefined | Promise<Completions | undefined>;

const maxCandidates = 200;

/** The candidates that are shown, and which one is in the draft. */
export interface Choice {
  readonly candidates: readonly string[];
  readonly chosen: number | undefined;
}

/** Candidates that are offered until another key than Tab comes. */
export class Completing {
  /** The draft before the first Tab. */
  readonly before: Draft;
  readonly #from: number;
  readonly #candidates: readonly string[];
  #chosen: number | undefined;
  /** The draft as the last Tab left it. */
  #draft: Draft;

  constructor(before: Draft, { from, candidates }: Completions) {
    this.before = before;
    this.#from = Math.min(from, before.cursor);
    this.#candidates = [...new Set(candidates)].filter(isOneLine).slice(0, maxCandidates);
    this.#draft = before;
  }

  get draft(): Draft {
    return this.#draft;
  }

  get choice(): Choice {
    return { candidates: this.#candidates, chosen: this.#chosen };
  }

  /** Whether another Tab has something to do. */
  get isOpen(): boolean {
    return this.#candidates.length > 1;
  }

  /** Completes what all candidates have in common, or else takes the first candidate (the last with `by` -1). */
  begin(by: -1 | 1): void {
    const common = commonStart(this.#candidates);
    if (this.#candidates.length > 1 && common.length <= this.before.cursor - this.#from) this.step(by);
    else this.#take(common);
  }

  /** Takes the next or the previous candidate. */
  step(by: -1 | 1): void {
    const count = this.#candidates.length;
    if (count === 0) return;
    const last = this.#chosen ?? (by > 0 ? -1 : count);
    this.#chosen = (last + by + count) % count;
    this.#take(this.#candidates[this.#chosen] ?? '');
  }

  #take(text: string): void {
    if (this.#candidates.length > 0)
      this.#draft = replace(this.before.text, this.#from, this.before.cursor, text);
  }
}

/** Names are others' texts: one with control characters is not offered. */
function isOneLine(text: string): boolean {
  return text === cleaned(text) && !/[\n\t]/.test(text);
}

function commonStart(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  // Not half of a surrogate pair.
  return first.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
