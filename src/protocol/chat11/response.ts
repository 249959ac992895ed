import { deviceLines, names, termLines } from './bodies.ts';
import { codes, type FailureCode } from './codes.ts';
import {
  body,
  type Fields,
  formatFields,
  header,
  optional,
  parseFields,
  type Rows,
  type Typed,
} from './fields.ts';
import { encodeParcel, Malformed, type Parcel, type StatusStart } from './parcel.ts';
import type { RequestKind } from './request.ts';
import { id, nameStatus, onlyData, sha256, terms, wholeNumber, yesNo } from './values.ts';

/** DATA has no response when it succeeds. */
export type AnsweredKind = Exclude<RequestKind, 'data'>;

const admitted = {
  token: header('Token', id),
  epoch: header('Epoch', id),
  position: header('Position', wholeNumber),
} as const;

/** `reached`: how many online users received it. */
const posted = {
  position: header('Position', wholeNumber),
  reached: header('Reached', wholeNumber),
} as const;

/** The fields of the response to a request that succeeded. */
const rows = {
  name: { status: header('Status', nameStatus), online: header('Online', yesNo) },
  register: admitted,
  login: admitted,
  logout: {},
  password: { token: header('Token', id) },
  devices: { devices: body(deviceLines) },
  revoke: {},
  list: { names: body(names) },
  follow: {},
  unfollow: {},
  /** Phrases apart from the other terms, as in the events. */
  follows: { terms: body(termLines), phrases: optional('Phrases', terms) },
  send: posted,
  broadcast: posted,
  sendto: posted,
  /** `few`: nobody is counted, but there is somebody. */
  audience: {
    people: header('People', wholeNumber),
    few: header('Few', yesNo),
    terms: body(termLines),
  },
  history: {},
  attach: { upload: header('Upload', id), offset: header('Offset', wholeNumber) },
  commit: { ...posted, sha256: header('SHA-256', sha256) },
  fetch: { bytes: header('Size', wholeNumber), sha256: header('SHA-256', sha256) },
  ping: {},
  disconnect: {},
} as const satisfies Readonly<Record<AnsweredKind, Fields>>;

const startLines: Readonly<Record<AnsweredKind, string>> = {
  name: '200 Name looked up',
  register: '200 Registered',
  login: '200 Logged in',
  logout: '200 Logged out',
  password: '200 Password changed',
  devices: '200 Devices',
  revoke: '200 Revoked',
  list: '200 Online',
  follow: '200 Now following',
  unfollow: '200 No longer following',
  follows: '200 Following',
  send: '200 Sent',
  broadcast: '200 Sent',
  sendto: '200 Sent',
  audience: '200 Counted',
  history: '200 End of history',
  attach: '201 Upload begun',
  commit: '200 Attached',
  fetch: '200 Found',
  ping: '200 Pong',
  disconnect: '200 Goodbye',
};

export type Response = Rows<typeof rows>;
export type ResponseTo<Kind extends AnsweredKind> = Extract<Response, { readonly kind: Kind }>;

const failureFields = {
  retryAfterS: optional('Retry-After', wholeNumber),
  /** Only a failed DATA names its request: as DATA may have no response, the order does not tell what is answered. */
  request: optional('Request', onlyData),
  upload: optional('Upload', id),
} as const satisfies Fields;

/** The response to a request that failed. Servers send the codes in `codes`; a client accepts any. */
export type Failure = { readonly kind: 'failure'; readonly code: number; readonly reason: string } & Typed<
  typeof failureFields
>;

/** Parses `parcel` as the response to a request of `kind`. */
export function parseResponse<Kind extends AnsweredKind>(
  kind: Kind,
  parcel: Parcel,
): ResponseTo<Kind> | Failure | Malformed {
  const { start } = parcel;
  if (start.kind !== 'status' || start.code < 200 || (start.code >= 300 && start.code < 400)) {
    return new Malformed(400, 'That is no response', { start });
  }
  if (start.code >= 400) return parseFailure({ ...parcel, start });
  const parsed = parseFields(rows[kind], parcel);
  return parsed instanceof Malformed ? parsed : ({ kind, ...parsed } as ResponseTo<Kind>);
}

function parseFailure(parcel: Parcel & { readonly start: StatusStart }): Failure | Malformed {
  const { code, reason } = parcel.start;
  const parsed = parseFields(failureFields, parcel);
  return parsed instanceof Malformed ? parsed : ({ kind: 'failure', code, reason, ...parsed } as Failure);
}

/** Whether `parcel` reports a failed DATA, and so answers none of the requests that wait for a response. */
export function isDataFailure({ start, headers }: Parcel): boolean {
  return start.kind === 'status' && start.code >= 400 && headers.get('request') === 'DATA';
}

export function formatResponse(response: Response): Uint8Array<ArrayBuffer> {
  const { headers, body: bytes } = formatFields(rows[response.kind], response);
  return encodeParcel({ startLine: startLines[response.kind], headers, body: bytes });
}

export function formatFailure(failure: Failure): Uint8Array<ArrayBuffer> {
  const { headers } = formatFields(failureFields, failure);
  return encodeParcel({ startLine: `${failure.code} ${failure.reason}`, headers, body: undefined });
}

/** Returns a failure with the code's own reason, or a more exact one. */
export function failure(code: FailureCode, reason: string = codes[code].reason): Failure {
  return { kind: 'failure', code, reason };
}

/** Returns the failure of a request over a rate limit, which may be repeated after `seconds`. */
export function slowDown(seconds: number, reason?: string): Failure {
  return { ...failure(429, reason), retryAfterS: Math.max(1, Math.ceil(seconds)) };
}

/** Returns the response to a request that breaks the protocol. */
export function failureOf({ code, text, start }: Malformed): Failure {
  const refused = failure(code, text);
  return start?.kind === 'verb' && start.verb === 'DATA' ? dataFailure(refused, start.argument) : refused;
}

/** Returns the same failure as the response to a DATA of `upload`. */
export function dataFailure(refused: Failure, upload: string | undefined): Failure {
  const known = upload === undefined ? undefined : id.parse(upload);
  return { ...refused, request: 'DATA', ...(known === undefined ? {} : { upload: known }) };
}
