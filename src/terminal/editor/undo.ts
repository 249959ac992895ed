import type { Draft } from './draft.ts';

const maxStates = 200;

/** The states of a draft, for undo and redo. Characters that are typed in a row are one step, word by word. */
export class Undo {
  #past: Draft[] = [];
  #future: Draft[] = [];
  #typedTo: number | undefined;

  /** The draft changes from `before` to `after`; `typed` is the text when it was typed at the cursor. */
  record(before: Draft, after: Draft, typed?: string): void {
    if (before.text === after.text) return;
    const isSpace = typed !== undefined && typed.trim() === '';
    const isJoined = typed !== undefined && this.#typedTo === before.cursor && !isSpace;
    if (!isJoined) this.#past.push(before);
    if (this.#past.length > maxStates) this.#past.shift();
    this.#future = [];
    this.#typedTo = typed === undefined ? undefined : after.cursor;
  }

  /** Returns the state before the last step; undefined when there is none. */
  undo(now: Draft): Draft | undefined {
    return this.#move(this.#past, this.#future, now);
  }

  redo(now: Draft): Draft | undefined {
    return this.#move(this.#future, this.#past, now);
  }

  /** Forgets everything: another draft begins. */
  clear(): void {
    this.#past = [];
    this.#future = [];
    this.#typedTo = undefined;
  }

  #move(from: Draft[], to: Draft[], now: Draft): Draft | undefined {
    const state = from.pop();
    if (state === undefined) return undefined;
    to.push(now);
    this.#typedTo = undefined;
    return state;
  }
}
