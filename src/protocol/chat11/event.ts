import { wireLimits } from '../limits.ts';
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

/** What every message has. `to`: it is private, between `from` and `to`. `replay`: it is not new. */
const said = {
  position: header('Position', wholeNumber),
  from: header('From', userName),
  to: optional('To', userName),
  timeMs: header('Time', time),
  replay: optional('Replay', yesNo),
} as const;

/** The reader's terms that met; none where no term decided. The last header, as it differs between readers. */
const matched = { matched: optional('Matched', terms) } as const;

/** What a server says without being asked. The verb on the wire is the row's name in upper case. */
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
  /** `of` messages were said meanwhile, `matched` of them were for this reader. */
  'caught-up': { matched: header('Matched', wholeNumber), of: header('Of', wholeNumber) },
  /** The messages at these positions and between are no longer kept. */
  gap: { from: header('From', wholeNumber), to: header('To', wholeNumber) },
  /** Positions of another epoch mean nothing any more. */
  reset: { epoch: header('Epoch', id) },
  notice: { text: body(text) },
  disconnect: { reason: header('Reason', phrase), retry: header('Retry', yesNo) },
} as const satisfies Readonly<Record<string, Fields>>;

export type ServerEvent = Rows<typeof rows>;
export type EventKind = ServerEvent['kind'];
export type EventOf<Kind extends EventKind> = Extract<ServerEvent, { readonly kind: Kind }>;

const rowOf = rowsByVerb(rows);

export const eventKinds = Object.keys(rows) as readonly EventKind[];

/** What a parcel of a server tells. Events of other verbs are passed over by the reader. */
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

/** A message or an attachment for readers who do not all hold the same of its keys. */
export type Unmatched = Omit<EventOf<'message'>, 'matched'> | Omit<EventOf<'attachment'>, 'matched'>;

/**
 * Writes an event once for many readers: the result gives the bytes for those who matched by the given terms, the
 * same bytes whenever it is asked for the same terms in the same order.
 */
export function eventWriter(event: Unmatched): (matched: readonly string[]) => Uint8Array<ArrayBuffer> {
  const parts = partsOf(event);
  const head = formatHead(parts);
  const written = new Map<string, Uint8Array<ArrayBuffer>>();
  return (list) => {
    const value = terms.format(list);
    const before = written.get(value);
    if (before !== undefined) return before;
    const line = list.length === 0 ? '' : headerLine('Matched', value);
    const bytes = encodeWithHead(head + line, parts.body);
    written.set(value, bytes);
    return bytes;
  };
}

function partsOf(event: ServerEvent | Unmatched): Parameters<typeof encodeParcel>[0] {
  const { argument: written, headers, body: bytes } = formatFields(rows[event.kind], event);
  return { startLine: verbLine(event.kind.toUpperCase(), written), headers, body: bytes };
}

/** How a client reads its server. */
export const serverSide: Side = {
  parseStart: (line) => parseStatusLine(line) ?? parseVerbLine(line),
  maxBodyBytes(start) {
    if (start.kind === 'status') return wireLimits.listBytes;
    const row = rowOf(start);
    return row === undefined ? undefined : maxBodyBytes(row.fields);
  },
};
