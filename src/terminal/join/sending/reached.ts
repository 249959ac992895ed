import type { Sent } from '../../../client/client.ts';
import { quoteShort } from '../../../protocol/text.ts';
import { counted } from '../../lines.ts';

const maxKept = 5;

/** Whom the last texts reached, for `!reached`. */
export class Reached {
  #last: string[] = [];

  /** `text` was confirmed. `isUnsure`: nobody knows whom it reached. */
  note(text: string, { reached }: Sent, isUnsure = false): void {
    const count = isUnsure && reached === 0 ? undefined : reached;
    const whom = count === undefined ? 'not known' : count === 0 ? 'nobody' : counted(count, 'person');
    this.#last.push(`${whom.replace('persons', 'people')}: ${quoteShort(text)}`);
    if (this.#last.length > maxKept) this.#last.shift();
  }

  /** A line for each of the last texts, the newest last. */
  get lines(): readonly string[] {
    return this.#last;
  }
}
