import { formatTermList, parseTermList } from '../commands/term-list.ts';
import { baseName, fileNameProblem } from '../file-names.ts';
import { wireLimits } from '../limits.ts';
import { isUserName } from '../names.ts';
import { termProblem } from '../terms.ts';
import { hasControlCharacter } from '../text.ts';
import { parseNumberWithin, parseWholeNumber } from '../whole-numbers.ts';

/** One kind of value in a header or a start line. `parse(format(value))` is `value`. */
export interface Value<T> {
  /** What a valid value is, in words for the sender of an invalid one. */
  readonly what: string;
  /** The code that answers an invalid value. */
  readonly code: 400 | 422;
  parse(text: string): T | undefined;
  format(value: T): string;
}

/** A value that is its own text; `holds` returns whether it is valid. */
function textual(what: string, holds: (text: string) => boolean, code: 400 | 422 = 400): Value<string> {
  return { what, code, parse: (text) => (holds(text) ? text : undefined), format: (text) => text };
}

function oneOf<const Word extends string>(words: readonly Word[]): Value<Word> {
  return {
    what: words.join(' or '),
    code: 400,
    parse: (text) => words.find((word) => word === text),
    format: (word) => word,
  };
}

/** Positions, sizes, offsets, counts, seconds. */
export const wholeNumber: Value<number> = {
  what: 'a whole number',
  code: 400,
  parse: parseWholeNumber,
  format: String,
};

export const limit: Value<number> = {
  what: `a number from 1 to ${wireLimits.historyLines}`,
  code: 400,
  parse: (text) => parseNumberWithin(text, 1, wireLimits.historyLines),
  format: String,
};

export const userName = textual('a user name', isUserName, 422);

export const fileName = textual(
  'the name of a file, without its folder',
  (text) => baseName(text) === text && fileNameProblem(text) === undefined,
  422,
);

/** An opaque identifier: only its creator knows what is in it. */
export const id = textual(
  `1 to ${wireLimits.idCharacters} visible ASCII characters`,
  (text) => text.length <= wireLimits.idCharacters && /^[!-~]+$/.test(text),
);

export const sha256: Value<string> = {
  what: '64 hexadecimal digits',
  code: 400,
  parse: (text) => (/^[0-9A-Fa-f]{64}$/.test(text) ? text.toLowerCase() : undefined),
  format: (text) => text,
};

/** A text for people, or a password: at least one character. */
export const phrase = textual('at least one character', (text) => text !== '');

export const term = textual('a term', (text) => termProblem(text) === undefined, 422);

/** Terms separated by commas, as in CHAT/1.0's `Follow:`; empty ones are ignored. */
export const terms: Value<readonly string[]> = {
  what: 'terms with commas between them',
  code: 422,
  parse(text) {
    const list = parseTermList(text);
    return list.every((one) => termProblem(one) === undefined) ? list : undefined;
  },
  format: formatTermList,
};

export const yesNo: Value<boolean> = {
  what: 'yes or no',
  code: 400,
  parse: (text) => (text === 'yes' || text === 'no' ? text === 'yes' : undefined),
  format: (isYes) => (isYes ? 'yes' : 'no'),
};

export const nameStatus = oneOf(['free', 'guest', 'account']);

export const onlyData = oneOf(['DATA']);

/** Milliseconds since 1970 as an ISO 8601 time: UTC, to the millisecond. */
export const time: Value<number> = {
  what: 'a time like 2026-11-20T10:14:00.123Z',
  code: 400,
  parse(text) {
    if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/.test(text)) return undefined;
    const timeMs = Date.parse(text);
    // `Date.parse` may read a day or an hour that does not exist as another one.
    return Number.isNaN(timeMs) || new Date(timeMs).toISOString() !== text ? undefined : timeMs;
  },
  format: (timeMs) => new Date(timeMs).toISOString(),
};

/** A login that an account remembers: see rule 47 of docs/protocol.md. Times are milliseconds since 1970. */
export interface DeviceRow {
  readonly id: number;
  readonly madeMs: number;
  readonly usedMs: number;
  /** Whether it is that of the connection that asks. */
  readonly isThis: boolean;
  readonly label: string;
}

export const deviceRow: Value<DeviceRow> = {
  what: 'a number, two times, yes or no, and a label',
  code: 400,
  parse(text) {
    const [, idText = '', made = '', used = '', own = '', label = ''] =
      /^(\S+) (\S+) (\S+) (\S+) (.+)$/s.exec(text) ?? [];
    const id = wholeNumber.parse(idText);
    const madeMs = time.parse(made);
    const usedMs = time.parse(used);
    const isThis = yesNo.parse(own);
    if (id === undefined || madeMs === undefined || usedMs === undefined || isThis === undefined)
      return undefined;
    return hasControlCharacter(label) ? undefined : { id, madeMs, usedMs, isThis, label };
  },
  format: ({ id, madeMs, usedMs, isThis, label }) =>
    `${id} ${time.format(madeMs)} ${time.format(usedMs)} ${yesNo.format(isThis)} ${label}`,
};
