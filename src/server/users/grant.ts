import type { Accounts, Revoked } from '../accounts/accounts.ts';

/**
 * What let a session into an account: its password, or one of its tokens. To be made in the turn in which that was
 * found to be right, so that nothing which revokes it is missed.
 */
export class Grant {
  /** The token that this session showed or was given. */
  tokenId: number | undefined;
  readonly #stop: () => void;
  #isRevoked = false;
  #onRevoked: (() => void) | undefined;

  constructor(accounts: Accounts, name: string, tokenId?: number) {
    this.tokenId = tokenId;
    this.#stop = accounts.onRevoked(name, (what) => this.#hear(what));
  }

  get isRevoked(): boolean {
    return this.#isRevoked;
  }

  /** Calls `action` once when it is revoked; at once when it was. */
  whenRevoked(action: () => void): void {
    if (this.#isRevoked) action();
    else this.#onRevoked = action;
  }

  /** It does not matter any more. */
  end(): void {
    this.#stop();
    this.#onRevoked = undefined;
  }

  #hear(what: Revoked): void {
    if (this.#isRevoked || (what.kind === 'token' && what.id !== this.tokenId)) return;
    this.#isRevoked = true;
    this.#onRevoked?.();
  }
}
