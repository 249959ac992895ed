import type { KeySpan } from '../messages/keys.ts';

/**
 * Accounts: names that a password keeps for their owner, the tokens that stand in for it, and what the owner follows.
 * This folder knows nothing of connections and wires.
 *
 * Every answer comes after what it tells is on stable storage. A call that writes rejects with a `NotWrittenError`
 * when nothing was changed and a later attempt may succeed; calls reject as well once `close` began, and after a
 * failure of the storage. Names are users' names (`isUserName`); passwords are as `passwordProblem` wants them, and are
 * neither kept nor told to anybody.
 */
export interface Accounts {
  /**
   * Whether the name belongs to an account, from the call of `create` on: so in the turn in which a guest is refused
   * or let in, nobody else can make an account of that name. False again when that `create` came to nothing.
   */
  isAccount(name: string): boolean;

  /**
   * Makes an account; of many at once for one name one is. `after` is the position of the newest entry that was
   * delivered: the account's own keys count from there. Whether a guest of that name is online is the caller's to
   * look at, in the same turn. `follows` is asked in the turn in which the account is written for what it has from the
   * beginning, all or nothing with the account.
   */
  create(
    name: string,
    password: string,
    after: number,
    follows?: () => readonly NewFollow[],
  ): Promise<Creation>;

  /**
   * Whether this is the account's password. The same answer for the same work, whether there is such an account or
   * not. `address` is whose attempt it is, for the throttle; from where an account was logged in of late, by its password
   * or a token, an attempt waits less when many are made.
   */
  checkPassword(name: string, password: string, address: string): Promise<PasswordAnswer>;

  /**
   * A new token, for whoever has shown the password of this `generation`; undefined when that is no longer the
   * account's. `label` tells its owner what it is for. Beyond `tokensPerAccount` the one that was not used for the
   * longest time is revoked.
   */
  issueToken(name: string, label: string, generation: number): Promise<IssuedToken | undefined>;
  /** The token's id when it is one of the account's. Counts as its use, and as a login from `address`. */
  checkToken(name: string, token: string, address: string): Promise<number | undefined>;
  /**
   * Removes the tokens that were last used at `beforeMs` (milliseconds since 1970) or earlier. Never rejects: what finds
   * no room, or comes after `close` began, can be done later.
   */
  removeIdleTokens(beforeMs: number): Promise<void>;

  /** What the account follows and followed; undefined when there is no such account. */
  loadFollows(name: string): Promise<StoredFollows | undefined>;
  /** A follow began: it counts for positions greater than `after`. Nothing happens when its key is held already. */
  beginFollow(name: string, term: string, after: number): Promise<void>;
  /**
   * A follow ended: it counts for positions up to `through`. Nothing happens when its key is not held. However the term
   * was typed, it is its key that counts.
   */
  endFollow(name: string, term: string, through: number): Promise<void>;
  /**
   * Ends some follows and begins others, all or nothing: `through` is the last position at which one counts, `Infinity`
   * while it is held. Rejects as `beginFollow` does.
   */
  changeFollows(
    name: string,
    ended: readonly { readonly term: string; readonly through: number }[],
    begun: readonly NewFollow[],
  ): Promise<void>;

  /**
   * Calls `listener` whenever something that let `name` in is revoked: one token, or everything, the password among
   * it. Also when that was done by another process, a little later then, and for each of its tokens. Returns the way to
   * stop it. What a promise of this contract told before, `listener` hears of only if it was there in the turn in which
   * that resolved.
   */
  onRevoked(name: string, listener: RevocationListener): () => void;

  /** Finishes what is being written and lets go of the storage. Idempotent. */
  close(): Promise<void>;
}

export type RevocationListener = (what: Revoked) => void;
export type Revoked = { readonly kind: 'all' } | { readonly kind: 'token'; readonly id: number };

/** `busy`: too many passwords are being hashed; try again soon. */
export type Creation =
  | { readonly kind: 'created'; readonly generation: number }
  | { readonly kind: 'taken' }
  | { readonly kind: 'busy' };

export type PasswordAnswer =
  /** `generation` counts the account's passwords: see `issueToken`. */
  | { readonly kind: 'ok'; readonly generation: number }
  | { readonly kind: 'wrong' }
  /** Too many were wrong; nothing was looked at, and nothing is for so many seconds. */
  | { readonly kind: 'later'; readonly seconds: number }
  | { readonly kind: 'busy' };

export interface IssuedToken {
  readonly id: number;
  /** 64 hexadecimal digits. Only its hash is kept. */
  readonly token: string;
}

export interface TokenDescription {
  readonly id: number;
  readonly label: string;
  /** Milliseconds since 1970. `usedMs` may be up to `tokenTouchMs` behind. */
  readonly createdMs: number;
  readonly usedMs: number;
}

/** Counts for positions greater than `after`; `through` is the last, `Infinity` while it is held. */
export interface NewFollow {
  readonly term: string;
  readonly after: number;
  readonly through: number;
}

/** A follow with the term as it was typed. */
export interface StoredSpan extends KeySpan {
  readonly term: string;
}

export interface StoredFollows {
  /** The account's own keys count for positions greater than this. */
  readonly createdAfter: number;
  /** In the order in which they began: those that are held (`through` is `Infinity`) and those that ended. */
  readonly spans: readonly StoredSpan[];
}

/** Nothing was written: the disk is full, or another process has kept the database locked. */
export class NotWrittenError extends Error {
  override readonly name = 'NotWrittenError';
  readonly reason: 'full' | 'locked';

  constructor(reason: 'full' | 'locked') {
    super(reason === 'full' ? 'there is no space left for the accounts' : 'the accounts are locked');
    this.reason = reason;
  }
}

/** Why the accounts cannot be opened: one sentence for whoever starts the server. */
export class AccountsOpenError extends Error {
  override readonly name = 'AccountsOpenError';
}
