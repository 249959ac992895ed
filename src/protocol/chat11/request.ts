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
import { encodeParcel, Malformed, type Parcel, parseVerbLine, type Start, verbLine } from './parcel.ts';
import type { Side } from './parcel-reader.ts';
import { fileName, id, limit, phrase, sha256, term, terms, userName, wholeNumber, yesNo } from './values.ts';

/** What a client can ask for. The verb on the wire is the row's name in upper case. */
const rows = {
  name: { name: argument(userName) },
  /** With a password it creates an account, without one a guest, who may have had a token before. */
  register: {
    name: argument(userName),
    password: optional('Password', phrase),
    token: optional('Token', id),
    follow: optional('Follow', terms),
    invitation: optional('Invitation', id),
  },
  login: {
    name: argument(userName),
    password: optional('Password', phrase),
    token: optional('Token', id),
    since: optional('Since', wholeNumber),
    epoch: optional('Epoch', id),
    follow: optional('Follow', terms),
  },
  /** `forget`: the token of this login is no longer valid. */
  logout: { forget: optional('Forget', yesNo) },
  /** A new password for the account of the user who is logged in. */
  password: { old: header('Password', phrase), password: header('New-Password', phrase) },
  devices: {},
  revoke: { device: argument(wholeNumber) },
  list: {},
  follow: { term: header('Term', term), since: optional('Since', wholeNumber) },
  unfollow: { term: header('Term', term) },
  follows: {},
  send: { id: optional('Id', id), text: body(text) },
  broadcast: { id: optional('Id', id), text: body(text) },
  sendto: { to: argument(userName), id: optional('Id', id), text: body(text) },
  audience: { text: body(text) },
  history: {
    before: optional('Before', wholeNumber),
    after: optional('After', wholeNumber),
    limit: optional('Limit', limit),
    match: optional('Match', term),
  },
  /** The same request with `upload` resumes an interrupted upload. */
  attach: {
    name: header('Name', fileName),
    bytes: header('Size', wholeNumber),
    sha256: optional('SHA-256', sha256),
    terms: optional('Terms', terms),
    to: optional('To', userName),
    upload: optional('Upload', id),
  },
  data: { upload: argument(id), offset: header('Offset', wholeNumber), piece: body(piece) },
  commit: { upload: argument(id) },
  fetch: {
    attachment: argument(id),
    offset: optional('Offset', wholeNumber),
    length: optional('Length', wholeNumber),
  },
  ping: {},
  disconnect: {},
} as const satisfies Readonly<Record<string, Fields>>;

export type Request = Rows<typeof rows>;
export type RequestKind = Request['kind'];
export type RequestOf<Kind extends RequestKind> = Extract<Request, { readonly kind: Kind }>;

/** Checks which headers need or exclude each other; returns what is wrong, in words for the client. */
const combinations: { readonly [Kind in RequestKind]?: (request: RequestOf<Kind>) => string | undefined } = {
  login: ({ password, token, since, epoch }) => {
    if (password !== undefined && token !== undefined) return 'LOGIN takes a Password or a Token, not both';
    if ((since === undefined) !== (epoch === undefined)) return 'Since and Epoch go together';
    return undefined;
  },
  attach: ({ terms, to }) =>
    (terms === undefined) === (to === undefined) ? 'ATTACH needs Terms or To' : undefined,
};

const rowOf = rowsByVerb(rows);

export const requestKinds = Object.keys(rows) as readonly RequestKind[];

/** Parses a client's parcel as a request. */
export function parseRequest(parcel: Parcel): Request | Malformed {
  const { start } = parcel;
  const row = rowOf(start);
  if (row === undefined) return new Malformed(400, 'That verb is not known', { start });
  const parsed = parseFields(row.fields, parcel);
  if (parsed instanceof Malformed) return parsed;
  const request = { kind: row.kind, ...parsed } as Request;
  const check = combinations[row.kind] as ((request: Request) => string | undefined) | undefined;
  const problem = check?.(request);
  return problem === undefined ? request : new Malformed(400, problem, { start });
}

export function formatRequest(request: Request): Uint8Array<ArrayBuffer> {
  const { argument: written, headers, body: bytes } = formatFields(rows[request.kind], request);
  return encodeParcel({ startLine: verbLine(request.kind.toUpperCase(), written), headers, body: bytes });
}

/** How a server reads what its clients send. */
export const requestSide: Side = {
  parseStart: parseVerbLine,
  maxBodyBytes(start: Start): number | undefined {
    const row = rowOf(start);
    return row === undefined ? undefined : maxBodyBytes(row.fields);
  },
};
