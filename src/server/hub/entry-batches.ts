import type { Committed } from '../log/bus.ts';
import type { Entry } from '../messages/entry.ts';
import { allKeysIn } from '../messages/keys.ts';

/** Consecutive entries of a group, at least one, that go to the same users by the same keys. */
export interface EntryBatch {
  readonly keys: readonly string[];
  readonly committed: readonly [Committed, ...Committed[]];
  /** UTF-16 units of its texts. */
  readonly textLength: number;
}

/** A batch takes no further entry once its texts have this many UTF-16 units, which take milliseconds to scan. */
const maxTextLength = 32 * 1024;
/** A longer text is expensive: it begins a batch, and scanning it is a step of its own, as is each of its readers. */
export const longText = 4 * 1024;

/** Returns the keys of an entry that decide where it goes. `all`: all its keys, if they are known already. */
type KeysOf = (entry: Entry, all?: readonly string[]) => readonly string[];

/**
 * Cuts a group into batches, one at a time, by what `keysOf` returns at that time. A repeat has no keys: it goes to
 * nobody.
 */
export class EntryBatches {
  readonly #group: readonly Committed[];
  readonly #keysOf: KeysOf;
  #at = 0;
  /** The keys of the entry that ended the last batch; used unless follows may have changed since. */
  #keys: readonly string[] | undefined;
  /** All keys of the next entry, if it is a long text that was scanned. */
  #all: readonly string[] | undefined;

  constructor(group: readonly Committed[], keysOf: KeysOf) {
    this.#group = group;
    this.#keysOf = keysOf;
  }

  /** Scans the next entry for keys if it is a long text, which does not depend on the follows. Returns whether it did. */
  look(): boolean {
    const next = this.#group[this.#at];
    if (next === undefined || next.isRepeat || textLength(next) <= longText) return false;
    try {
      this.#all = allKeysIn(next.entry);
    } catch {
      // `take` throws it again.
    }
    return true;
  }

  /** Returns undefined at the end. `mayHaveChanged`: follows may have changed since the last call. */
  take(mayHaveChanged: boolean): EntryBatch | undefined {
    const first = this.#group[this.#at];
    if (first === undefined) return undefined;
    const known = mayHaveChanged ? undefined : this.#keys;
    const keys = known ?? this.#keysIn(first);
    this.#keys = undefined;
    this.#all = undefined;
    const committed: [Committed, ...Committed[]] = [first];
    let length = textLength(first);
    for (this.#at++; length < maxTextLength; this.#at++) {
      const next = this.#group[this.#at];
      if (next === undefined || textLength(next) > longText) break;
      const others = this.#keysIn(next);
      if (next.isRepeat !== first.isRepeat || !isSame(keys, others)) {
        this.#keys = others;
        break;
      }
      committed.push(next);
      length += textLength(next);
    }
    return { keys, committed, textLength: length };
  }

  #keysIn({ entry, isRepeat }: Committed): readonly string[] {
    return isRepeat ? [] : this.#keysOf(entry, this.#all);
  }
}

function textLength({ entry: { message } }: Committed): number {
  return message.kind === 'attachment' ? 0 : message.text.length;
}

function isSame(keys: readonly string[], others: readonly string[]): boolean {
  return keys.length === others.length && keys.every((key, at) => key === others[at]);
}
