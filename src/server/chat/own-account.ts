import { randomBytes } from 'node:crypto';
import { passwordProblem } from '../../protocol/passwords.ts';
import { type Accounts, NotWrittenError, type TokenDescription } from '../accounts/accounts.ts';
import type { Peer } from '../connection/peer.ts';
import type { Grant } from '../users/grant.ts';
import { type LoginRefusal, passwordRefusal } from './login-outcome.ts';
import type { Logins } from './logins.ts';

/** The account has another password, and the device that changed it a new token. */
export interface PasswordChanged {
  readonly kind: 'changed';
  readonly token: string;
}

/** What the owner of an account, who is logged in, does with it. All methods reject as those of `Accounts` do. */
export class OwnAccount {
  readonly #logins: Logins;
  readonly #accounts: Accounts;

  constructor(logins: Logins, accounts: Accounts) {
    this.#logins = logins;
    this.#accounts = accounts;
  }

  /** Changes the password. All other sessions of the account end; the one with `grant` stays. */
  async changePassword(
    peer: Peer,
    name: string,
    grant: Grant,
    { old, password, tokenLabel }: ChangeOptions,
  ): Promise<PasswordChanged | LoginRefusal> {
    const { connection, logger } = peer.session;
    const plainText = this.#logins.refusePlainText(peer);
    if (plainText !== undefined) return plainText;
    const problem = passwordProblem(password);
    if (problem !== undefined) return { kind: 'unsuitable-password', problem };
    const change = { old, password, address: connection.remoteAddress, by: grant };
    const answer = await this.#accounts.changePassword(name, change);
    if (answer.kind !== 'ok') {
      logger.info({ user: name, reason: answer.kind }, 'change of password refused');
      return passwordRefusal(answer);
    }
    logger.info({ user: name }, 'password changed');
    const issued = await this.#issueToken(peer, name, answer.generation, tokenLabel);
    if (issued === undefined || grant.isRevoked) return { kind: 'revoked' };
    grant.tokenId = issued.id;
    return { kind: 'changed', token: issued.token };
  }

  /** The password is changed, so this must not fail: at worst, the next login needs the password. */
  async #issueToken(peer: Peer, name: string, generation: number, label: string) {
    try {
      return await this.#logins.issueToken(peer, name, generation, label);
    } catch (error) {
      if (!(error instanceof NotWrittenError)) throw error;
      return { id: undefined, token: randomBytes(32).toString('hex') };
    }
  }

  /** Resolves with the logins that are remembered, most recently used first. */
  devices(name: string): Promise<readonly TokenDescription[]> {
    return this.#accounts.tokens(name);
  }

  /** Forgets a login; its sessions end. Resolves with whether there was one. */
  async revoke({ session }: Peer, name: string, id: number): Promise<boolean> {
    const isRevoked = await this.#accounts.revokeToken(name, id);
    if (isRevoked) session.logger.info({ user: name, token: id }, 'token revoked by its owner');
    return isRevoked;
  }

  /** The same for a login whose client keeps no token: no act of its owner, so it is not logged. */
  async forget(name: string, id: number): Promise<void> {
    await this.#accounts.revokeToken(name, id);
  }
}

export interface ChangeOptions {
  readonly old: string;
  readonly password: string;
  /** See `TokenOptions`. */
  readonly tokenLabel: string;
}
