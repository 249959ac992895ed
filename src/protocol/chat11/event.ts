import { wireLimits } from '../limits.ts';
import { isPhrase } from '../terms.ts';
import { encodeUtf8, encodeUtf8Into, maxUtf8Bytes } from '../text.ts';
import { piece, text } from './bodies.ts';
import {
  argument,
  body,
  type Fields,
  formatFields,
  header,
  maxBodyBytes,
  optional,
  parseFields,
  type Rows,
  rowsByVerb,
} from './fields.ts';
import {
  encodeParcel,
  encodeWithHead,
  formatHead,
  headerLine,
  Malformed,
  type Parcel,
  parseStatusLine,
  parseVerbLine,
  verbLine,
} from './parcel.ts';
import type { Side } from './parcel-reader.ts';
import { fileName, id, phrase, sha256, terms, time, userName, wholeNumber, yesNo } from './values.ts';

/** The headers of every message. With `to` it is private, between `from` and `to`; with `replay` it is not new. */
const said = {
  position: header('Position', wholeNumber),
  from: header('From', userName),
  to: optional('To', userName),
  timeMs: header('Time', time),
  replay: optional('Replay', yesNo),
} as const;

/**
 * The reader's terms that matched; none when no term decided. The last headers, because they differ between readers. Phrases
 * have their own: clients from before there were phrases would take one in `Matched` for an error.
 */
const matched = { matched: optional('Matched', terms), phrases: optional('Phrases', terms) } as const;

/** What a server sends besides responses. The verb on the wire is the row's name in upper case. */
const rows = {
  message: { ...said, ...matched, text: body(text) },
  attachment: {
    ...said,
    attachment: header('Attachment', id),
    name: header('Name', fileName),
    bytes: header('Size', wholeNumber),
    sha256: header('SHA-256', sha256),
    ...matched,
  },
  data: { attachment: argument(id), offset: header('Offset', wholeNumber), piece: body(piece) },
  /** Of the `of` messages sent meanwhile, `matched` were for this reader. */
  'caught-up': { matched: header('Matched', wholeNumber), of: header('Of', wholeNumber) },
  /** The messages from position `from` through `to` are no longer kept. */
  gap: { from: header('From', wholeNumber), to: header('To', wholeNumber) },
  /** Positions of any other epoch have become invalid. */
  reset: { epoch: header('Epoch', id) },
  notice: { text: body(text) },
  disconnect: { reason: header('Reason', phrase), retry: header('Retry', yesNo) },
} as const satisfies Readonly<Record<string, Fields>>;

export type ServerEvent = Rows<typeof rows>;
export type EventKind = ServerEvent['kind'];
export type EventOf<Kind extends EventKind> = Extract<ServerEvent, { readonly kind: Kind }>;

const rowOf = rowsByVerb(rows);

export const eventKinds = Object.keys(rows) as readonly EventKind[];

/** Parses a server's parcel as an event. The client skips events of unknown verbs. */
export function parseEvent(parcel: Parcel): ServerEvent | Malformed {
  const { start } = parcel;
  const row = rowOf(start);
  if (row === undefined) return new Malformed(400, 'That event is not known', { start });
  const parsed = parseFields(row.fields, parcel);
  return parsed instanceof Malformed ? parsed : ({ kind: row.kind, ...parsed } as ServerEvent);
}

export function formatEvent(event: ServerEvent): Uint8Array<ArrayBuffer> {
  return encodeParcel(partsOf(event));
}

/** A message or an attachment without the terms that matched, which differ between readers. */
export type Unmatched =
  | Omit<EventOf<'message'>, 'matched' | 'phrases'>
  | Omit<EventOf<'attachment'>, 'matched' | 'phrases'>;

/** Terms as two headers have them, words (names, `*`) apart from phrases; a list that is empty is missing. */
export function wordsAndPhrases(list: readonly string[]): Pick<EventOf<'message'>, 'matched' | 'phrases'> {
  const phrases = list.some(isPhrase) ? list.filter(isPhrase) : [];
  const words = phrases.length === 0 ? list : list.filter((one) => !isPhrase(one));
  return { ...(words.length > 0 && { matched: words }), ...(phrases.length > 0 && { phrases }) };
}

/** Returns so many bytes, which need not be zero. `subarray` of them is of the same class, such as `Buffer`. */
export type Allocate = (bytes: number) => Uint8Array<ArrayBuffer>;

/**
 * Encodes an event once for many readers. The returned function returns the bytes for readers with the given matched
 * terms, in memory from `allocate`.
 */
export function eventWriter(
  event: Unmatched,
  allocate: Allocate = (bytes) => new Uint8Array(bytes),
): (matched: readonly string[]) => Uint8Array<ArrayBuffer> {
  const parts = partsOf(event);
  const head = encodeUtf8(formatHead(parts));
  const rest = encodeWithHead('', parts.body);
  return (list) => {
    const line = matchedLines(list);
    const bytes = allocate(head.length + maxUtf8Bytes * line.length + rest.length);
    bytes.set(head);
    const end = head.length + encodeUtf8Into(line, bytes, head.length);
    bytes.set(rest, end);
    return bytes.subarray(0, end + rest.length);
  };
}

function matchedLines(list: readonly string[]): string {
  if (list.length === 0) return '';
  const { matched: words, phrases } = wordsAndPhrases(list);
  const line = words === undefined ? '' : headerLine('Matched', terms.format(words));
  return phrases === undefined ? line : line + headerLine('Phrases', terms.format(phrases));
}

function partsOf(event: ServerEvent | Unmatched): Parameters<typeof encodeParcel>[0] {
  const { argument: written, headers, body: bytes } = formatFields(rows[event.kind], event);
  return { startLine: verbLine(event.kind.toUpperCase(), written), headers, body: bytes };
}

/** How a client reads what its server sends. */
export const serverSide: Side = {
  parseStart: (line) => parseStatusLine(line) ?? parseVerbLine(line),
  maxBodyBytes(start) {
    if (start.kind === 'status') return wireLimits.listBytes;
    const row = rowOf(start);
    return row === undefined ? undefined : maxBodyBytes(row.fields);
  },
};
