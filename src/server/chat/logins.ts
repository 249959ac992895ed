import { randomBytes } from 'node:crypto';
import { passwordProblem } from '../../protocol/passwords.ts';
import { type Accounts, NotWrittenError, type PasswordAnswer } from '../accounts/accounts.ts';
import type { Peer } from '../connection/peer.ts';
import type { ChatUser } from '../users/chat-user.ts';
import type { CreationThrottle } from '../users/creation-throttle.ts';
import { Grant } from '../users/grant.ts';
import type { NameHolder, Registry } from '../users/registry.ts';
import type { Users } from '../users/users.ts';

/** The outcome of a login. */
export type LoginOutcome = LoggedIn | LoginRefusal;

/** The caller creates a `Device` with it in the same tick, or cancels it. */
export interface LoggedIn {
  readonly kind: 'in';
  /** Retained. */
  readonly user: ChatUser;
  /** The grant of a login to an account; undefined for a guest. */
  readonly grant: Grant | undefined;
  /** The token for the next login; undefined when none was requested. */
  readonly token: string | undefined;
}

export type LoginRefusal =
  /** A guest has the name, or it is reserved. */
  | { readonly kind: 'taken' }
  /** The name belongs to an account, whose password is required. */
  | { readonly kind: 'has-account' }
  /** A secret would travel in plain text from another machine. */
  | { readonly kind: 'plain-text' }
  /** The new password breaks the rules for passwords. */
  | { readonly kind: 'unsuitable-password'; readonly problem: string }
  | { readonly kind: 'wrong' }
  /** Too many wrong passwords: none is checked for so many seconds. */
  | { readonly kind: 'throttled'; readonly seconds: number }
  /** Too many passwords are being hashed. */
  | { readonly kind: 'busy' }
  /** This address has created too many accounts. */
  | { readonly kind: 'too-many-accounts'; readonly seconds: number }
  /** The password changed, the token was revoked, or the name became an account meanwhile. */
  | { readonly kind: 'revoked' };

/** A guest's name has become an account. */
export interface Claimed {
  readonly kind: 'claimed';
  readonly token: string;
  /** Undefined when there was no room to store the token. */
  readonly tokenId: number | undefined;
}

export interface LoginOptions {
  /** Replaces the followed terms before the user is online; undefined leaves them. */
  readonly follow?: readonly string[] | undefined;
}

export interface TokenOptions extends LoginOptions {
  /** Describes the login to the account's owner. Without one no token is issued. */
  readonly tokenLabel?: string;
}

interface LoginsOptions {
  readonly users: Users;
  readonly accounts: Accounts;
  readonly registry: Registry;
  readonly creations: CreationThrottle;
  /** Whether passwords may come over plain text from other machines. */
  readonly insecurePasswords: boolean;
}

/**
 * Logs in guests and accounts, creates accounts, and turns guests into accounts, whatever the protocol. All methods
 * reject with a `NotWrittenError` when the accounts cannot be written; nobody is logged in then.
 */
export class Logins {
  readonly #users: Users;
  readonly #accounts: Accounts;
  readonly #registry: Registry;
  readonly #creations: CreationThrottle;
  readonly #insecurePasswords: boolean;

  constructor({ users, accounts, registry, creations, insecurePasswords }: LoginsOptions) {
    this.#users = users;
    this.#accounts = accounts;
    this.#registry = registry;
    this.#creations = creations;
    this.#insecurePasswords = insecurePasswords;
  }

  lookUp(name: string): Promise<NameHolder> {
    return this.#registry.find(name);
  }

  isAccount(name: string): boolean {
    return this.#accounts.isAccount(name);
  }

  /** Registers a guest. For `former` see `Users.registerGuest`. */
  async registerGuest(name: string, { follow }: LoginOptions = {}, former?: string): Promise<LoginOutcome> {
    const guest = await this.#users.registerGuest(name, former);
    if (guest !== undefined) return this.#complete(guest, undefined, guest.guestToken, follow);
    return { kind: this.#accounts.isAccount(name) ? 'has-account' : 'taken' };
  }

  /** Logs in a returning guest, whose connection broke; resolves with undefined when the token is not theirs. */
  async returnGuest(
    name: string,
    token: string,
    { follow }: LoginOptions,
  ): Promise<LoginOutcome | undefined> {
    const guest = this.#users.returningGuest(name, token);
    return guest && this.#complete(guest, undefined, guest.guestToken, follow);
  }

  async byPassword(
    peer: Peer,
    name: string,
    password: string,
    options: TokenOptions = {},
  ): Promise<LoginOutcome> {
    const { connection, logger } = peer.session;
    const refusal = this.refusePlainText(peer);
    if (refusal !== undefined) return refusal;
    const answer = await this.#accounts.checkPassword(name, password, connection.remoteAddress);
    if (answer.kind !== 'ok') {
      logger.info({ user: name, reason: answer.kind }, 'login refused');
      return passwordRefusal(answer);
    }
    return this.#enterAccount(peer, name, new Grant(this.#accounts, name), answer.generation, options);
  }

  async byToken(peer: Peer, name: string, token: string, { follow }: LoginOptions): Promise<LoginOutcome> {
    const refusal = this.refusePlainText(peer);
    if (refusal !== undefined) return refusal;
    const { connection, logger } = peer.session;
    const tokenId = await this.#accounts.checkToken(name, token, connection.remoteAddress);
    if (tokenId === undefined) {
      logger.info({ user: name, reason: 'wrong token' }, 'login refused');
      return { kind: 'wrong' };
    }
    const grant = new Grant(this.#accounts, name, tokenId);
    return endOnError(grant, async () =>
      this.#complete(await this.#users.account(name), grant, token, follow),
    );
  }

  /** Creates an account with a name that nobody has, and logs in. */
  async createAccount(
    peer: Peer,
    name: string,
    password: string,
    options: TokenOptions,
  ): Promise<LoginOutcome> {
    const refusal = this.#creationRefusal(peer, password);
    if (refusal !== undefined) return refusal;
    const created = await this.#users.create(name, password);
    if (created.kind !== 'created') return this.#notCreated(peer, created);
    const follow = options.follow ?? this.#users.defaultFollow;
    const grant = new Grant(this.#accounts, name);
    return this.#enterAccount(peer, name, grant, created.generation, { ...options, follow });
  }

  /** Turns a guest who is logged in on `peer` into an account. */
  async claim(
    peer: Peer,
    guest: ChatUser,
    password: string,
    tokenLabel: string,
  ): Promise<Claimed | LoginRefusal> {
    const refusal = this.#creationRefusal(peer, password);
    if (refusal !== undefined) return refusal;
    const created = await this.#users.claim(guest, password);
    if (created.kind !== 'created') return this.#notCreated(peer, created);
    const issued = await this.#issueToken(peer, guest.name, created.generation, tokenLabel);
    if (issued === undefined) return { kind: 'revoked' };
    peer.session.logger.info({ user: guest.name }, 'guest became an account');
    return { kind: 'claimed', token: issued.token, tokenId: issued.id };
  }

  /** For a device of a guest who has become an account: it stays logged in until the password changes. */
  grantAfterClaim(name: string): Grant {
    return new Grant(this.#accounts, name);
  }

  /** Undoes a login that gets no device, because its peer is gone. */
  cancel({ user, grant }: LoggedIn): void {
    grant?.end();
    this.#users.release(user);
  }

  /** Refuses a secret over plain text from another machine, where others could read it; undefined when it may come. */
  refusePlainText({ session }: Peer): LoginRefusal | undefined {
    const { isLoopback, isEncrypted } = session.connection;
    if (isLoopback || isEncrypted || this.#insecurePasswords) return undefined;
    session.logger.warn(
      'login refused: a password would travel in plain text from another machine; TLS (--tls) protects it',
    );
    return { kind: 'plain-text' };
  }

  #creationRefusal(peer: Peer, password: string): LoginRefusal | undefined {
    const problem = passwordProblem(password);
    const refusal = this.refusePlainText(peer);
    if (refusal !== undefined) return refusal;
    if (problem !== undefined) return { kind: 'unsuitable-password', problem };
    const later = this.#creations.begin(peer.session.address, peer.session.connection.isLoopback);
    return later && { kind: 'too-many-accounts', seconds: later.retryAfterS };
  }

  /** A taken name, or a busy server, costs neither a hash nor a name: it does not count as a new account. */
  #notCreated({ session }: Peer, refusal: LoginRefusal): LoginRefusal {
    this.#creations.giveBack(session.address, session.connection.isLoopback);
    return refusal;
  }

  /** Logs in with the password of this `generation`. */
  #enterAccount(
    peer: Peer,
    name: string,
    grant: Grant,
    generation: number,
    { follow, tokenLabel }: TokenOptions,
  ): Promise<LoginOutcome> {
    return endOnError(grant, async () => {
      if (tokenLabel === undefined)
        return this.#complete(await this.#users.account(name), grant, undefined, follow);
      const issued = await this.#issueToken(peer, name, generation, tokenLabel);
      grant.tokenId = issued?.id;
      const user = issued && (await this.#users.account(name));
      return this.#complete(user, grant, issued?.token, follow);
    });
  }

  /**
   * Resolves with undefined when the password has changed since. On a full disk the login succeeds all the same, with a
   * token that is not stored: at the next login the client asks for the password.
   */
  async #issueToken(
    { session }: Peer,
    name: string,
    generation: number,
    label: string,
  ): Promise<{ readonly id: number | undefined; readonly token: string } | undefined> {
    try {
      return await this.#accounts.issueToken(name, label, generation);
    } catch (error) {
      if (!(error instanceof NotWrittenError) || error.reason !== 'full') throw error;
      session.logger.warn({ user: name }, 'no room to store a token; logged in without one');
      return { id: undefined, token: randomBytes(32).toString('hex') };
    }
  }

  /** The last step of every login. `user` is retained; undefined when the password has changed meanwhile. */
  async #complete(
    user: ChatUser | undefined,
    grant: Grant | undefined,
    token: string | undefined,
    follow: readonly string[] | undefined,
  ): Promise<LoginOutcome> {
    try {
      if (user !== undefined && follow !== undefined) await user.begin(follow);
    } catch (error) {
      if (user !== undefined) this.#users.release(user);
      throw error;
    }
    // Another device of a guest may have made the name an account meanwhile.
    const isRevoked = grant === undefined ? user?.isAccount === true : grant.isRevoked;
    if (user !== undefined && !isRevoked) return { kind: 'in', user, grant, token };
    grant?.end();
    if (user !== undefined) this.#users.release(user);
    return { kind: 'revoked' };
  }
}

/** Ends the grant when `use` fails, so that it stops listening for its revocation. */
async function endOnError<Result>(grant: Grant, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    grant.end();
    throw error;
  }
}

function passwordRefusal(answer: Exclude<PasswordAnswer, { kind: 'ok' }>): LoginRefusal {
  return answer.kind === 'later' ? { kind: 'throttled', seconds: answer.seconds } : answer;
}
