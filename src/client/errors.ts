/** Why there is no connection. */
export type ConnectProblem =
  /** The address, the name, the password or a term is none: nothing was sent. */
  | 'invalid'
  /** Nobody listens there, or nobody answers. */
  | 'unreachable'
  /** What listens there speaks neither CHAT/1.1 nor CHAT/1.0. */
  | 'foreign'
  /** Somebody of that name is online, or has the account that was to be made. */
  | 'taken'
  /** The name has an account and no password was given. */
  | 'password-needed'
  /** The password or the token is not, or no longer, that of the account; or there is no such account. */
  | 'wrong-password'
  /** The server takes no password over an unencrypted connection from another machine. */
  | 'tls-required'
  /** Later it may work: `retryAfterS` says when, where the server did. */
  | 'busy'
  /** The server refused it for another reason; `code` says which. */
  | 'refused';

/** There is no connection, or nobody was let in. The message is for people. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly reason: ConnectProblem;
  /** The code of the server's refusal, where there was one. */
  readonly code: number | undefined;
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

/** The server did not do what it was asked for. The codes are those of docs/protocol.md, rule 43. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: number;
  /** The server's words. */
  readonly reason: string;
  /** After how many seconds it may be asked again, where the server said so. */
  readonly retryAfterS: number | undefined;

  constructor(code: number, reason: string, retryAfterS?: number) {
    super(`${reason} (${code})`);
    this.code = code;
    this.reason = reason;
    this.retryAfterS = retryAfterS;
  }
}

/** Why something could not even be asked for, or what became of it is not known. */
export type LostProblem =
  /** There is no connection now, and this is not kept for later. */
  | 'offline'
  /** The client was closed, by its user or because the server let it in no more. */
  | 'closed'
  /** Too many lines wait to be sent. */
  | 'too-many'
  /**
   * The connection broke before the answer, and nobody can ask for it any more: the server may have done it, or not.
   * It is for people to look, because doing it again may do it twice.
   */
  | 'unknown';

/** What was asked for got no answer. The message is for people. */
export class LostError extends Error {
  override readonly name = 'LostError';
  readonly reason: LostProblem;

  constructor(reason: LostProblem, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The server speaks CHAT/1.0 only, which cannot do this. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';

  constructor(what: string) {
    super(`${what} needs CHAT/1.1, and this server speaks CHAT/1.0 only`);
  }
}

/** A file could not be read, saved or trusted. The message is for people; nothing of the file was kept. */
export class FileError extends Error {
  override readonly name = 'FileError';
}
