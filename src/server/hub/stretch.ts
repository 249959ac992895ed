import type { Entry } from '../log/entry.ts';
import type { Appended } from '../log/log.ts';

/** Of a group, entries in a row that go to the same people by the same keys. At least one. */
export interface Stretch {
  readonly keys: readonly string[];
  readonly appended: readonly [Appended, ...Appended[]];
}

/** Cuts `group` where the keys change, as `keysOf` gives them. What was stored before goes to nobody: it has no keys. */
export function stretchesOf(
  group: readonly Appended[],
  keysOf: (entry: Entry) => readonly string[],
): Stretch[] {
  const stretches: { keys: readonly string[]; appended: [Appended, ...Appended[]] }[] = [];
  for (const appended of group) {
    const keys = appended.isRepeat ? [] : keysOf(appended.entry);
    const last = stretches.at(-1);
    if (last !== undefined && isSame(last, keys, appended)) last.appended.push(appended);
    else stretches.push({ keys, appended: [appended] });
  }
  return stretches;
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
