import { randomBytes } from 'node:crypto';
import { passwordProblem } from '../../protocol/passwords.ts';
import { type Accounts, type Creation, NotWrittenError } from '../accounts/accounts.ts';
import { type Admission, describeBan } from '../admission/admission.ts';
import type { Peer } from '../connection/peer.ts';
import { Tally } from '../counts/tally.ts';
import type { ChatUser } from '../users/chat-user.ts';
import type { CreationThrottle } from '../users/creation-throttle.ts';
import { endOnError, Grant } from '../users/grant.ts';
import type { NameHolder, Registry } from '../users/registry.ts';
import type { Users } from '../users/users.ts';
import {
  type Claimed,
  type CreationOptions,
  type LoggedIn,
  type LoginOptions,
  type LoginOutcome,
  type LoginRefusal,
  passwordRefusal,
  refusalOf,
  type TokenOptions,
} from './login-outcome.ts';

export type * from './login-outcome.ts';

type LoginRules = Pick<Admission, 'banOfName' | 'guestEntrance' | 'accountEntrance' | 'giveBack'>;

interface LoginsOptions {
  readonly users: Users;
  readonly accounts: Accounts;
  readonly registry: Registry;
  readonly creations: CreationThrottle;
  readonly admission: LoginRules;
  /** Whether passwords may come over plain text from other machines. */
  readonly insecurePasswords: boolean;
}

/**
 * Logs in guests and accounts, creates accounts, and turns guests into accounts, whatever the protocol. All methods
 * reject with a `NotWrittenError` when the accounts cannot be written; nobody is logged in then.
 */
export class Logins {
  /** Logins, and refusals by their reason. */
  readonly outcomes = new Tally();
  readonly #users: Users;
  readonly #accounts: Accounts;
  readonly #registry: Registry;
  readonly #creations: CreationThrottle;
  readonly #admission: LoginRules;
  readonly #insecurePasswords: boolean;

  constructor(options: LoginsOptions) {
    const { users, accounts, registry, creations, admission, insecurePasswords } = options;
    this.#users = users;
    this.#accounts = accounts;
    this.#registry = registry;
    this.#creations = creations;
    this.#admission = admission;
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
    const refusal = this.#accounts.isAccount(name) ? undefined : refusalOf(this.#admission.guestEntrance());
    if (refusal !== undefined) return this.#refused(refusal);
    const guest = await this.#users.registerGuest(name, former);
    if (guest !== undefined) return this.#complete(guest, undefined, guest.guestToken, follow);
    return this.#refused({ kind: this.#accounts.isAccount(name) ? 'has-account' : 'taken' });
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
      return this.#refused(passwordRefusal(answer));
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
      return this.#refused({ kind: 'wrong' });
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
    options: CreationOptions,
  ): Promise<LoginOutcome> {
    const created = await this.#create(peer, name, password, options.invitation, () =>
      this.#users.create(name, password, originOf(peer)),
    );
    if (created.kind !== 'created') return created;
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
    invitation?: string,
  ): Promise<Claimed | LoginRefusal> {
    const created = await this.#create(peer, guest.name, password, invitation, () =>
      this.#users.claim(guest, password, originOf(peer)),
    );
    if (created.kind !== 'created') return created;
    const issued = await this.issueToken(peer, guest.name, created.generation, tokenLabel);
    if (issued === undefined) return this.#refused({ kind: 'revoked' });
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
    return this.#refused({ kind: 'plain-text' });
  }

  /** Makes an account with `create`, if there may be a new one. */
  async #create(
    peer: Peer,
    name: string,
    password: string,
    invitation: string | undefined,
    create: () => Promise<Creation>,
  ): Promise<Exclude<Creation, { kind: 'taken' | 'busy' }> | LoginRefusal> {
    const early = this.#creationRefusal(peer, password);
    if (early !== undefined) return early;
    const ban = this.#banOf(name);
    if (ban !== undefined) return this.#notCreated(peer, ban);
    const entrance = await this.#admission.accountEntrance(invitation);
    const refusal = refusalOf(entrance);
    if (refusal !== undefined) return this.#notCreated(peer, refusal);
    let created: Creation | undefined;
    try {
      created = await create();
    } finally {
      const isUsedUp =
        entrance.kind !== 'open' || entrance.taken === undefined || created?.kind === 'created';
      if (!isUsedUp) await this.#admission.giveBack(entrance.taken);
    }
    return created.kind === 'created' ? created : this.#notCreated(peer, created);
  }

  #banOf(name: string): LoginRefusal | undefined {
    const ban = this.#admission.banOfName(name);
    return ban && { kind: 'not-let-in', why: describeBan(ban), isUninvited: false };
  }

  #creationRefusal(peer: Peer, password: string): LoginRefusal | undefined {
    const problem = passwordProblem(password);
    const refusal = this.refusePlainText(peer);
    if (refusal !== undefined) return refusal;
    if (problem !== undefined) return this.#refused({ kind: 'unsuitable-password', problem });
    const later = this.#creations.begin(peer.session.address, peer.session.connection.isLoopback);
    return later && this.#refused({ kind: 'too-many-accounts', seconds: later.retryAfterS });
  }

  /** A taken name, or a busy server, costs neither a hash nor a name: it does not count as a new account. */
  #notCreated({ session }: Peer, refusal: LoginRefusal): LoginRefusal {
    this.#creations.giveBack(session.address, session.connection.isLoopback);
    return this.#refused(refusal);
  }

  #refused(refusal: LoginRefusal): LoginRefusal {
    this.outcomes.add(refusal.kind);
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
      const issued = await this.issueToken(peer, name, generation, tokenLabel);
      grant.tokenId = issued?.id;
      const user = issued && (await this.#users.account(name));
      return this.#complete(user, grant, issued?.token, follow);
    });
  }

  /**
   * Resolves with undefined when the password has changed since. On a full disk the login succeeds all the same, with a
   * token that is not stored: at the next login the client asks for the password.
   */
  async issueToken(
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
    // Here, so that a ban during a login holds, and only those who know the password of an account learn of it.
    const ban = user && this.#banOf(user.name);
    if (user !== undefined && !isRevoked && ban === undefined) {
      this.outcomes.add('in');
      return { kind: 'in', user, grant, token };
    }
    grant?.end();
    if (user !== undefined) this.#users.release(user);
    return this.#refused(ban ?? { kind: 'revoked' });
  }
}

/** Where a new account comes from, for the operator. */
const originOf = ({ session }: Peer): string => session.connection.remoteAddress;
