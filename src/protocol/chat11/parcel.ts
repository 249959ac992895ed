import { encodeUtf8, hasControlCharacter } from '../text.ts';
import type { FailureCode } from './codes.ts';

/**
 * A parcel is CHAT/1.1's message, in either direction, in the manner of HTTP: a start line, header lines, an empty
 * line, and a body of exactly `Content-Length` bytes.
 */
export interface Parcel {
  readonly start: Start;
  /** Names in lower case, values without white space around them. */
  readonly headers: ReadonlyMap<string, string>;
  /** A view of the received bytes: keeping it keeps them all in memory. */
  readonly body: Uint8Array;
}

/** `SENDTO bob CHAT/1.1`: a request or an event. */
export interface VerbStart {
  readonly kind: 'verb';
  readonly verb: string;
  /** Everything between the verb and the version. */
  readonly argument: string | undefined;
}

/** `200 Sent`: a response. */
export interface StatusStart {
  readonly kind: 'status';
  readonly code: number;
  readonly reason: string;
}

export type Start = VerbStart | StatusStart;

const versionMark = ' CHAT/1.1';

/** Returns undefined when `line` does not end in ` CHAT/1.1`. */
export function parseVerbLine(line: string): VerbStart | undefined {
  if (!line.endsWith(versionMark)) return undefined;
  const words = line.slice(0, -versionMark.length);
  const space = words.indexOf(' ');
  if (space < 0) return { kind: 'verb', verb: words, argument: undefined };
  return { kind: 'verb', verb: words.slice(0, space), argument: words.slice(space + 1) };
}

/** Returns undefined when `line` is not a number from 100 to 599, a space and a reason. */
export function parseStatusLine(line: string): StatusStart | undefined {
  const [, code, reason] = /^([1-5][0-9]{2}) (.+)$/s.exec(line) ?? [];
  if (code === undefined || reason === undefined) return undefined;
  return { kind: 'status', code: Number(code), reason };
}

/** Input that breaks the protocol. If it is a request, it is answered with `code` and `text`. */
export class Malformed {
  readonly kind = 'malformed';
  readonly code: FailureCode;
  readonly text: string;
  /** It is unknown where the next parcel begins, so the connection ends after the answer. */
  readonly isFatal: boolean;
  /** The start of the parcel, if it is known. */
  readonly start: Start | undefined;

  constructor(code: FailureCode, text: string, about: { isFatal?: boolean; start?: Start } = {}) {
    this.code = code;
    this.text = text;
    this.isFatal = about.isFatal ?? false;
    this.start = about.start;
  }
}

/** What a parcel is encoded from. */
export interface ParcelParts {
  readonly startLine: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined: no `Content-Length` is written. */
  readonly body: Uint8Array | undefined;
}

export const verbLine = (verb: string, argument?: string): string =>
  argument === undefined ? `${verb}${versionMark}` : `${verb} ${argument}${versionMark}`;

/** Returns start line and header lines, without `Content-Length` and the empty line. */
export function formatHead({ startLine, headers }: Pick<ParcelParts, 'startLine' | 'headers'>): string {
  let head = `${checked(startLine)}\n`;
  for (const [name, value] of headers) head += headerLine(name, value);
  return head;
}

/** Returns exactly one line. Throws for a value that no header can hold: that is a bug of the caller. */
export function headerLine(name: string, value: string): string {
  return value === '' ? `${name}:\n` : `${name}: ${checked(value)}\n`;
}

export function encodeParcel(parts: ParcelParts): Uint8Array<ArrayBuffer> {
  return encodeWithHead(formatHead(parts), parts.body);
}

/** Appends `Content-Length`, the empty line and the body to `head`. */
export function encodeWithHead(head: string, body: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (body === undefined) return encodeUtf8(`${head}\n`);
  return joinBytes([encodeUtf8(`${head}Content-Length: ${body.length}\n\n`), body]);
}

export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    joined.set(piece, end);
    end += piece.length;
  }
  return joined;
}

function checked(value: string): string {
  if (hasControlCharacter(value) || /^[ \t]|[ \t]$/.test(value)) {
    throw new Error('a line of CHAT/1.1 cannot hold control characters, nor white space at its ends');
  }
  return value;
}
