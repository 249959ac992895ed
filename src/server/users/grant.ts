import type { Accounts, Revoked } from '../accounts/accounts.ts';

/**
 * What let a session into an account: its password, or one of its tokens. Create it synchronously after the check of
 * that resolves, or a revocation in between is missed.
 *
 * The way of a revocation: `earshot tokens` or `earshot passwd`, a process of its own, writes to the database, a new
 * token exceeds `tokensPerAccount`, or a device of the account asks for it; `SqliteAccounts` polls, or knows, and tells its
 * `Revocations`; this grant calls `whenRevoked`; the conversation stops taking requests (`expel`) and says why in its
 * farewell. The grant of the device that changed the password stays.
 */
export class Grant {
  /** The id of the token that this session presented or was given. */
  tokenId: number | undefined;
  readonly #stop: () => void;
  #isRevoked = false;
  #onRevoked: (() => void) | undefined;

  constructor(accounts: Accounts, name: string, tokenId?: number) {
    this.tokenId = tokenId;
    this.#stop = accounts.onRevoked(
      name,
      (what) => this.#hear(what),
      () => this.tokenId,
    );
  }

  get isRevoked(): boolean {
    return this.#isRevoked;
  }

  /** Calls `action` once when the grant is revoked, at once if it is already. */
  whenRevoked(action: () => void): void {
    if (this.#isRevoked) action();
    else this.#onRevoked = action;
  }

  /** Stops listening for the revocation. */
  end(): void {
    this.#stop();
    this.#onRevoked = undefined;
  }

  #hear(what: Revoked): void {
    const isOther = what.kind === 'token' ? what.id !== this.tokenId : what.by === this;
    if (this.#isRevoked || isOther) return;
    this.#isRevoked = true;
    this.#onRevoked?.();
  }
}

/** Ends the grant when `use` fails, so that it stops listening for its revocation. */
export async function endOnError<Result>(grant: Grant, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    grant.end();
    throw error;
  }
}
