import { type Draft, emptyDraft, replace } from './draft.ts';
import type { History } from './history.ts';
import type { Key } from './keys.ts';

type Outcome = 'goes-on' | 'taken' | 'cancelled' | 'ended';

/**
 * The search backwards through the history, character by character. Ctrl-R goes to an older line, Enter takes the line
 * as the draft, Escape and Ctrl-G return to the draft from before. Any other key takes the line and does what it does.
 */
export class Search {
  readonly before: Draft;
  readonly #history: History;
  #part = '';
  #found: { readonly place: number; readonly line: string } | undefined;
  #isFound = true;

  constructor(history: History, before: Draft) {
    this.#history = history;
    this.before = before;
  }

  get shown(): { readonly part: string; readonly isFound: boolean } {
    return { part: this.#part, isFound: this.#isFound };
  }

  /** The line that was found, with the cursor where it matches; before anything is found, the draft from before. */
  get draft(): Draft {
    if (this.#found === undefined) return this.#part === '' ? this.before : emptyDraft;
    const { line } = this.#found;
    const place = Math.max(0, line.toLowerCase().indexOf(this.#part.toLowerCase()));
    return replace(line, place, place, '');
  }

  /** The draft when the search ends without being cancelled. */
  get taken(): Draft {
    return this.#found === undefined ? this.before : this.draft;
  }

  press(key: Key): Outcome {
    if (key.kind === 'text') return this.#look(this.#part + key.text);
    const name = key.kind === 'key' ? key.name : '';
    switch (name) {
      case 'backspace':
        return this.#look([...this.#part].slice(0, -1).join(''));
      case 'ctrl-r':
        return this.#look(this.#part, this.#found?.place);
      case 'enter':
        return 'taken';
      case 'escape':
      case 'ctrl-g':
      case 'ctrl-c':
        return 'cancelled';
      default:
        return 'ended';
    }
  }

  #look(part: string, before?: number): Outcome {
    this.#part = part;
    const found = part === '' ? undefined : this.#history.find(part, before);
    this.#isFound = part === '' || found !== undefined;
    // A line that was found stays when there is no older one.
    if (found !== undefined || before === undefined) this.#found = found;
    return 'goes-on';
  }
}
