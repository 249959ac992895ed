import { type Draft, insert, replace } from './draft.ts';

const maxKills = 30;

/** What was cut, and is put back with Ctrl-Y. Every key that cuts more than a character feeds it. */
export class KillRing {
  /** The newest is the last. */
  #kills: string[] = [];
  /** What the last yank inserted, while nothing else happened since. */
  #yanked: { readonly from: number; readonly length: number } | undefined;

  /** Keeps what was cut; `joined` to the newest, on the side on which it was beside it. */
  add(text: string, joined: 'before' | 'after' | undefined): void {
    if (text === '') return;
    const newest = joined === undefined ? undefined : this.#kills.pop();
    if (newest === undefined) this.#kills.push(text);
    else this.#kills.push(joined === 'before' ? text + newest : newest + text);
    if (this.#kills.length > maxKills) this.#kills.shift();
  }

  /** Returns the draft with the newest text at the cursor. */
  yank(draft: Draft): Draft {
    const text = this.#kills.at(-1) ?? '';
    this.#yanked = { from: draft.cursor, length: text.length };
    return insert(draft, text);
  }

  /** Returns the draft with the next older text in place of the one that was just yanked. */
  yankPop(draft: Draft): Draft {
    if (this.#yanked === undefined) return draft;
    const { from, length } = this.#yanked;
    this.#kills.unshift(...this.#kills.splice(-1));
    const text = this.#kills.at(-1) ?? '';
    this.#yanked = { from, length: text.length };
    return replace(draft.text, from, from + length, text);
  }

  /** Something else happens: there is nothing to replace any more. */
  endYank(): void {
    this.#yanked = undefined;
  }
}
