/** Why `connect` or `lookUp` failed. */
export type ConnectProblem =
  /** The address, the name, the password or a term is invalid, as the client or the server found. */
  | 'invalid'
  /** Nothing listens at the address, it does not answer, or it closed the connection. */
  | 'unreachable'
  /** What listens there speaks neither CHAT/1.1 nor CHAT/1.0; or only CHAT/1.0, where CHAT/1.1 is needed. */
  | 'foreign'
  /** Somebody of that name is online, the account to create exists already, or the name is reserved. */
  | 'taken'
  /** The name has an account and no password was given. */
  | 'password-needed'
  /** The password or the token is wrong or no longer valid. */
  | 'wrong-password'
  /** Nobody has an account of that name. */
  | 'no-such-account'
  /** The certificate or the key of the server is not the right one: it is an `UntrustedServerError`. */
  | 'untrusted'
  /** The server takes no password over an unencrypted connection from another machine. */
  | 'tls-required'
  /** A rate limit, too many users or a full disk: try again after `retryAfterS`, if the server said when. */
  | 'busy'
  /** The server refused for another reason, which `code` identifies. */
  | 'refused';

/** The client could not connect or log in. The message is for people. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly reason: ConnectProblem;
  /** The code of the server's refusal; undefined when it was none. */
  readonly code: number | undefined;
  /** Seconds to wait before another attempt; undefined when the server did not say. */
  readonly retryAfterS: number | undefined;

  constructor(
    reason: ConnectProblem,
    message: string,
    refusal: {
      readonly code?: number;
      readonly retryAfterS?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, refusal.cause === undefined ? {} : { cause: refusal.cause });
    this.reason = reason;
    this.code = refusal.code;
    this.retryAfterS = refusal.retryAfterS;
  }
}

/** Over TLS and UDP: nothing shows that this is the server that was meant, so nothing was sent to it. */
export class UntrustedServerError extends ConnectError {
  /** SHA-256 of the key that the server has: 64 hexadecimal digits, as in `chats://host:port#sha256=…`. */
  readonly keySha256: string;
  /** Whether only nobody here knows the key yet: a person may compare it and decide. */
  readonly canAsk: boolean;

  constructor(message: string, keySha256: string, canAsk: boolean) {
    super('untrusted', message);
    this.keySha256 = keySha256;
    this.canAsk = canAsk;
  }
}

/** The server refused a request, or the client found it invalid. The codes are those of docs/protocol.md, rule 43. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: number;
  /** The server's words. */
  readonly reason: string;
  /** Seconds to wait before asking again; undefined when the server did not say. */
  readonly retryAfterS: number | undefined;

  constructor(code: number, reason: string, retryAfterS?: number) {
    super(`${reason} (${code})`);
    this.code = code;
    this.reason = reason;
    this.retryAfterS = retryAfterS;
  }
}

/** Why a request has no answer. */
export type LostProblem =
  /** There is no connection now, and a request of this kind does not wait for one. Nothing was sent. */
  | 'offline'
  /** The client is closed: by its user, or because the server no longer admits it. A text or file was not sent. */
  | 'closed'
  /** The send queue is full. Nothing was sent. */
  | 'too-many'
  /**
   * The connection broke before the answer, and the client cannot repeat the request safely: the server may have
   * carried it out or not. Let people look, because repeating it may do it twice.
   */
  | 'unknown';

/** A request got no answer. The message is for people. */
export class LostError extends Error {
  override readonly name = 'LostError';
  readonly reason: LostProblem;

  constructor(reason: LostProblem, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The server speaks only CHAT/1.0, which has no such request. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';

  constructor(what: string) {
    super(`${what} needs CHAT/1.1, and this server speaks CHAT/1.0 only`);
  }
}

/** A file could not be read or saved, or its bytes are wrong. The message is for people; no part of it was kept. */
export class FileError extends Error {
  override readonly name = 'FileError';
  /** What the message says, without the name of the file. */
  readonly problem: string;

  constructor(message: string, problem = message) {
    super(message);
    this.problem = problem;
  }
}
