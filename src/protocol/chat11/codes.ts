/**
 * Every code that a CHAT/1.1 response begins with; docs/protocol.md holds the same table and a test keeps the two
 * equal. `reason` follows the code unless there is a more exact one: it is for people; programs use the code.
 */
export const codes = {
  200: { reason: 'OK', meaning: 'done' },
  201: { reason: 'Upload begun', meaning: 'the bytes of a file may come' },
  400: { reason: 'Malformed', meaning: 'not a request, or a header or body that breaks a rule' },
  401: { reason: 'Client already registered', meaning: 'somebody else has that name' },
  403: {
    reason: 'Password wrong or needed',
    meaning: 'the password is wrong or missing, or nobody is logged in',
  },
  404: { reason: 'Not found', meaning: 'no such user, term, device, upload or attachment' },
  409: { reason: 'Conflict', meaning: 'already following, already logged in, or out of order' },
  413: { reason: 'Too big', meaning: 'more bytes, characters or lines than allowed' },
  412: {
    reason: 'Invitation needed',
    meaning: 'new names need an invitation, and `Invitation` is missing or not valid',
  },
  422: { reason: 'Not allowed', meaning: 'a name or term that nobody can have' },
  423: {
    reason: 'Not let in',
    meaning: 'the name or the address is banned, or no new names are accepted',
  },
  426: {
    reason: 'TLS required',
    meaning: "a password or an account's token without TLS or UDP from another machine",
  },
  429: { reason: 'Slow down', meaning: 'too much at once; `Retry-After` says how many seconds to wait' },
  500: { reason: 'Internal error', meaning: 'a bug of the server' },
  503: { reason: 'Cannot store now', meaning: 'not stored; try again later' },
  507: { reason: 'Storage full', meaning: 'not stored; the disk is full' },
} as const;

export type Code = keyof typeof codes;
export type FailureCode = Exclude<Code, 200 | 201>;
