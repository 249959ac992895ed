import type { Appended } from '../log/log.ts';
import type { Entry } from '../messages/entry.ts';
import { allKeysIn } from '../messages/keys.ts';

/** Of a group, entries in a row that go to the same people by the same keys. At least one. */
export interface EntryBatch {
  readonly keys: readonly string[];
  readonly appended: readonly [Appended, ...Appended[]];
  /** UTF-16 units of its texts. */
  readonly textLength: number;
}

/** A batch has no further entry once its texts have so many UTF-16 units: looking through them takes milliseconds. */
const maxTextLength = 32 * 1024;
/** What has more is dear: it begins a batch, and looking through it is a step of its own, as is each of its readers. */
export const longText = 4 * 1024;

/** Gives those keys of an entry that decide where it goes; `all`: all it has, where they were looked for before. */
type KeysOf = (entry: Entry, all?: readonly string[]) => readonly string[];

/** Cuts a group into batches, one at a time, as `keysOf` gives the keys then. A repeat goes to nobody: it has no keys. */
export class EntryBatches {
  readonly #group: readonly Appended[];
  readonly #keysOf: KeysOf;
  #at = 0;
  /** The keys of the entry that ended the last batch, unless follows may have changed since. */
  #keys: readonly string[] | undefined;
  /** All keys of the next entry, if it is a long text that was looked through. */
  #all: readonly string[] | undefined;

  constructor(group: readonly Appended[], keysOf: KeysOf) {
    this.#group = group;
    this.#keysOf = keysOf;
  }

  /** Looks through a long text that comes next, which has nothing to do with who follows what. True when it did. */
  look(): boolean {
    const next = this.#group[this.#at];
    if (next === undefined || next.isRepeat || textLength(next) <= longText) return false;
    try {
      this.#all = allKeysIn(next.entry);
    } catch {
      // Whoever asks for its keys hears of it.
    }
    return true;
  }

  /** Undefined when there are no more. `mayHaveChanged`: others were served since the last one was taken. */
  take(mayHaveChanged: boolean): EntryBatch | undefined {
    const first = this.#group[this.#at];
    if (first === undefined) return undefined;
    const known = mayHaveChanged ? undefined : this.#keys;
    const keys = known ?? this.#keysIn(first);
    this.#keys = undefined;
    this.#all = undefined;
    const appended: [Appended, ...Appended[]] = [first];
    let length = textLength(first);
    for (this.#at++; length < maxTextLength; this.#at++) {
      const next = this.#group[this.#at];
      if (next === undefined || textLength(next) > longText) break;
      const others = this.#keysIn(next);
      if (!isSame(keys, first, others, next)) {
        this.#keys = others;
        break;
      }
      appended.push(next);
      length += textLength(next);
    }
    return { keys, appended, textLength: length };
  }

  #keysIn({ entry, isRepeat }: Appended): readonly string[] {
    return isRepeat ? [] : this.#keysOf(entry, this.#all);
  }
}

function textLength({ entry: { message } }: Appended): number {
  return message.kind === 'attachment' ? 0 : message.text.length;
}

function isSame(
  keys: readonly string[],
  first: Appended,
  others: readonly string[],
  next: Appended,
): boolean {
  return (
    first.isRepeat === next.isRepeat &&
    keys.length === others.length &&
    keys.every((key, at) => key === others[at])
  );
}
