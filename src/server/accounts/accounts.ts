import type { KeySpan } from '../messages/keys.ts';

/**
 * Accounts: names that a password reserves for their owner, the tokens that replace the password, and the account's
 * follows. This folder knows neither connections nor wires.
 *
 * Every call resolves after its effect is on stable storage. A call that writes rejects with a `NotWrittenError` when
 * it changed nothing and a later attempt may succeed. All calls reject once `close` began and after the storage failed.
 * Names satisfy `isUserName`. Passwords satisfy `passwordProblem`; they are neither stored nor logged.
 */
export interface Accounts {
  /**
   * Returns whether the name belongs to an account. True as soon as `create` is called, so a caller that admits a guest
   * synchronously after a `false` cannot race with a creation. False again when that `create` fails.
   */
  isAccount(name: string): boolean;
  /** Returns the accounts whose names are equal to `name` apart from case, for which `isAccount` is true. */
  accountsLike(name: string): readonly string[];

  /**
   * Creates an account; of several concurrent calls for one name one succeeds. `after` is the position of the newest
   * delivered entry: the account's own keys count for later ones. The caller checks synchronously before the call that
   * no guest of that name is online. `follows` is called when the account is written; its follows are written in the
   * same transaction. `origin`, the address that the account came from, is kept for the operator.
   */
  create(
    name: string,
    password: string,
    after: number,
    follows?: () => readonly NewFollow[],
    origin?: string,
  ): Promise<Creation>;
  /** Resolves with all accounts, in the order of their creation. */
  list(): Promise<readonly AccountDescription[]>;
  /**
   * Deletes an account with its tokens and follows, from the file as well as SQLite can. Sessions that it admitted hear
   * of it as of a new password. Resolves with whether there was one.
   */
  erase(name: string): Promise<boolean>;

  /**
   * Checks the account's password. For an unknown name the answer and the work are the same as for a wrong password.
   * The throttle counts attempts by `address`. When many attempts wait, one from an address where an account logged in
   * recently, by password or token, waits less.
   */
  checkPassword(name: string, password: string, address: string): Promise<PasswordAnswer>;

  /**
   * Gives the account another password, if `old` is the one it has; what `checkPassword` says of `old` holds here. All its
   * tokens are removed, and all listeners hear of it; `by` is passed on to them, so that one of them can stay.
   */
  changePassword(name: string, change: PasswordChange): Promise<PasswordAnswer>;

  /**
   * Issues a token to somebody who has shown the password of this `generation`; returns undefined when the account has
   * another password by now. `label` tells the owner what the token is for. Beyond `tokensPerAccount` the least
   * recently used token is revoked; one that a listener uses (see `onRevoked`) only when all others are gone.
   */
  issueToken(name: string, label: string, generation: number): Promise<IssuedToken | undefined>;
  /** Resolves with the account's tokens, most recently used first. */
  tokens(name: string): Promise<readonly TokenDescription[]>;
  /** Removes a token. Resolves with whether the account had it; who listens hears of it before that. */
  revokeToken(name: string, id: number): Promise<boolean>;
  /** Returns the token's id if it is one of the account's; records its use, and a login from `address`. */
  checkToken(name: string, token: string, address: string): Promise<number | undefined>;
  /**
   * Removes tokens that were last used at `beforeMs` (milliseconds since 1970) or earlier. Never rejects: on a full
   * disk or after `close` it removes none, and a later call can.
   */
  removeIdleTokens(beforeMs: number): Promise<void>;

  /** Returns the account's current and ended follows; undefined when there is no such account. */
  loadFollows(name: string): Promise<StoredFollows | undefined>;
  /** Records a follow that counts for positions greater than `after`. Does nothing when its key is followed already. */
  beginFollow(name: string, term: string, after: number): Promise<void>;
  /**
   * Records the end of a follow, which counts for positions up to `through`. Does nothing when the term's key is not
   * followed; the spelling of the term does not matter.
   */
  endFollow(name: string, term: string, through: number): Promise<void>;
  /**
   * Ends some follows and begins others, all or nothing. A follow that has ended already has its last position in
   * `through`; others have `Infinity`.
   */
  changeFollows(
    name: string,
    ended: readonly { readonly term: string; readonly through: number }[],
    begun: readonly NewFollow[],
  ): Promise<void>;

  /**
   * Calls `listener` when a token of `name` is revoked, or everything because the password changed. Changes by another
   * process are noticed within `accountsPollMs`. Returns a function that removes the listener. Attach the listener
   * synchronously after `checkPassword`, `checkToken` or `issueToken` resolves, or a revocation in between is missed.
   * `tokenInUse` returns the id of the token by which the listener is here, if any.
   */
  onRevoked(name: string, listener: RevocationListener, tokenInUse?: () => number | undefined): () => void;

  /** Completes earlier calls and releases the storage. Idempotent. */
  close(): Promise<void>;
}

export type RevocationListener = (what: Revoked) => void;
/** `by`: what changed the password, if it was somebody on this server. */
export type Revoked =
  | { readonly kind: 'all'; readonly by?: object | undefined }
  | { readonly kind: 'token'; readonly id: number };

export interface PasswordChange {
  readonly old: string;
  readonly password: string;
  /** Where the attempt comes from. */
  readonly address: string;
  readonly by?: object;
}

/** `busy`: too many passwords are being hashed; try again soon. */
export type Creation =
  | { readonly kind: 'created'; readonly generation: number }
  | { readonly kind: 'taken' }
  | { readonly kind: 'busy' };

export type PasswordAnswer =
  /** `generation` is the number of this password among the account's: see `issueToken`. */
  | { readonly kind: 'ok'; readonly generation: number }
  | { readonly kind: 'wrong' }
  /** Too many attempts failed. This password was not checked, and none will be for `seconds`. */
  | { readonly kind: 'later'; readonly seconds: number }
  | { readonly kind: 'busy' };

export interface IssuedToken {
  readonly id: number;
  /** 64 hexadecimal digits. Only its hash is stored. */
  readonly token: string;
}

/** Times are in milliseconds since 1970; what is undefined was not recorded by an older version. */
export interface AccountDescription {
  readonly name: string;
  readonly createdMs: number;
  /** The address that the account was made from. */
  readonly createdFrom: string | undefined;
  /** The last login by password or token; it may be up to `tokenTouchMs` too early. */
  readonly loginMs: number | undefined;
  readonly loginFrom: string | undefined;
  readonly tokens: number;
}

export interface TokenDescription {
  readonly id: number;
  readonly label: string;
  /** Milliseconds since 1970. `usedMs` may be up to `tokenTouchMs` too early. */
  readonly createdMs: number;
  readonly usedMs: number;
}

/** Counts for `after` < position <= `through`, which is `Infinity` until the follow ends. */
export interface NewFollow {
  readonly term: string;
  readonly after: number;
  readonly through: number;
}

/** A follow; `term` is spelled as it was typed. */
export interface StoredSpan extends KeySpan {
  readonly term: string;
}

export interface StoredFollows {
  /** The account's own keys count for positions greater than this. */
  readonly createdAfter: number;
  /** Current follows (`through` is `Infinity`) and ended ones, in the order in which they were stored. */
  readonly spans: readonly StoredSpan[];
}

/** Nothing was written: the disk is full, or another process kept the database locked. */
export class NotWrittenError extends Error {
  override readonly name = 'NotWrittenError';
  readonly reason: 'full' | 'locked';

  constructor(reason: 'full' | 'locked') {
    super(reason === 'full' ? 'there is no space left for the accounts' : 'the accounts are locked');
    this.reason = reason;
  }
}

/** Why the accounts cannot be opened: one sentence for the operator. */
export class AccountsOpenError extends Error {
  override readonly name = 'AccountsOpenError';
}
