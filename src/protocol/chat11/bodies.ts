import { wireLimits } from '../limits.ts';
import { decodeUtf8, encodeUtf8, hasControlCharacter, isTextTooLong } from '../text.ts';
import { Malformed } from './parcel.ts';
import { type DeviceRow, deviceRow, term, userName, type Value } from './values.ts';

/** One kind of body. `parse(format(value))` is `value`. */
export interface Body<T> {
  readonly maxBytes: number;
  parse(bytes: Uint8Array): T | Malformed;
  format(value: T): Uint8Array;
}

/** The text of a message: rule 4 of docs/protocol.md. */
export const text: Body<string> = {
  maxBytes: wireLimits.textBytes,
  parse(bytes) {
    const decoded = decodeUtf8(bytes);
    if (decoded === undefined) return new Malformed(400, 'The text is not valid UTF-8');
    if (decoded === '') return new Malformed(400, 'The text is empty');
    if (hasControlCharacter(decoded)) return new Malformed(400, 'The text holds control characters');
    if (isTextTooLong(decoded)) {
      return new Malformed(413, `A text has at most ${wireLimits.textCharacters} characters`);
    }
    return decoded;
  },
  format: encodeUtf8,
};

/** Bytes of a file. */
export const piece: Body<Uint8Array> = {
  maxBytes: wireLimits.pieceBytes,
  parse: (bytes) => (bytes.length === 0 ? new Malformed(400, 'There are no bytes') : bytes),
  format: (bytes) => bytes,
};

function lines<T>(value: Value<T>): Body<readonly T[]> {
  return {
    maxBytes: wireLimits.listBytes,
    parse(bytes) {
      const decoded = decodeUtf8(bytes);
      const parts = decoded?.split('\n') ?? [];
      if (parts.pop() !== '') return new Malformed(400, 'The last line has no end');
      const parsed = parts.map((part) => value.parse(part)).filter((one) => one !== undefined);
      return parsed.length === parts.length ? parsed : new Malformed(400, `A line is not ${value.what}`);
    },
    format: (list) => encodeUtf8(list.map((one) => `${value.format(one)}\n`).join('')),
  };
}

export const names = lines(userName);
export const termLines = lines(term);
export const deviceLines: Body<readonly DeviceRow[]> = lines(deviceRow);
