import type { Entry } from '../log/entry.ts';
import type { Appended } from '../log/log.ts';

/** Of a group, entries in a row that go to the same people by the same keys. At least one. */
export interface Stretch {
  readonly keys: readonly string[];
  readonly appended: readonly [Appended, ...Appended[]];
}

/** A stretch has no further entry once its texts have so many UTF-16 units: looking through them takes milliseconds. */
const maxTextLength = 64 * 1024;

/** Cuts a group into stretches, one at a time, as `keysOf` gives the keys then. A repeat goes to nobody: it has no keys. */
export class Stretches {
  readonly #group: readonly Appended[];
  readonly #keysOf: (entry: Entry) => readonly string[];
  #at = 0;
  /** The keys of the entry that ended the last stretch, unless follows may have changed since. */
  #keys: readonly string[] | undefined;

  constructor(group: readonly Appended[], keysOf: (entry: Entry) => readonly string[]) {
    this.#group = group;
    this.#keysOf = keysOf;
  }

  /** Undefined when there are no more. `mayHaveChanged`: others were served since the last one was taken. */
  take(mayHaveChanged: boolean): Stretch | undefined {
    const first = this.#group[this.#at];
    if (first === undefined) return undefined;
    const known = mayHaveChanged ? undefined : this.#keys;
    const keys = known ?? this.#keysIn(first);
    this.#keys = undefined;
    const stretch: { keys: readonly string[]; appended: [Appended, ...Appended[]] } = {
      keys,
      appended: [first],
    };
    let length = textLength(first);
    for (this.#at++; length < maxTextLength; this.#at++) {
      const next = this.#group[this.#at];
      if (next === undefined) break;
      const others = this.#keysIn(next);
      if (!isSame(stretch, others, next)) {
        this.#keys = others;
        break;
      }
      stretch.appended.push(next);
      length += textLength(next);
    }
    return stretch;
  }

  #keysIn({ entry, isRepeat }: Appended): readonly string[] {
    return isRepeat ? [] : this.#keysOf(entry);
  }
}

function textLength({ entry: { message } }: Appended): number {
  return message.kind === 'attachment' ? 0 : message.text.length;
}

function isSame(
  { keys, appended: [first] }: Stretch,
  others: readonly string[],
  appended: Appended,
): boolean {
  return (
    first.isRepeat === appended.isRepeat &&
    keys.length === others.length &&
    keys.every((key, at) => key === others[at])
  );
}
