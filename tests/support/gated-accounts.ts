import type { Accounts } from '../../src/server/accounts/accounts.ts';

type Call = 'create' | 'checkPassword' | 'checkToken' | 'issueToken' | 'loadFollows' | 'changeFollows';

interface Gate {
  readonly opened: Promise<void>;
  readonly reached: PromiseWithResolvers<void>;
}

/** Accounts whose answers come when a test says so, or which answer with an error. Counts who listens for revocations. */
export class GatedAccounts {
  readonly stored: Accounts;
  readonly accounts: Accounts;
  listeners = 0;
  readonly #gates = new Map<string, Gate>();

  constructor(stored: Accounts) {
    this.stored = stored;
    const gated =
      <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>, name: Call) =>
      async (...args: Args): Promise<Result> => {
        const gate = this.#gates.get(name);
        const answer = await call.apply(stored, args);
        gate?.reached.resolve();
        await gate?.opened;
        return answer;
      };
    this.accounts = {
      list: () => stored.list(),
      erase: (name) => stored.erase(name),
      isAccount: (name) => stored.isAccount(name),
      accountsLike: (name) => stored.accountsLike(name),
      create: gated(stored.create, 'create'),
      checkPassword: gated(stored.checkPassword, 'checkPassword'),
      issueToken: gated(stored.issueToken, 'issueToken'),
      checkToken: gated(stored.checkToken, 'checkToken'),
      changePassword: (...args) => stored.changePassword(...args),
      tokens: (name) => stored.tokens(name),
      revokeToken: (...args) => stored.revokeToken(...args),
      removeIdleTokens: (beforeMs) => stored.removeIdleTokens(beforeMs),
      loadFollows: gated(stored.loadFollows, 'loadFollows'),
      beginFollow: (...args) => stored.beginFollow(...args),
      endFollow: (...args) => stored.endFollow(...args),
      changeFollows: gated(stored.changeFollows, 'changeFollows'),
      onRevoked: (name, ...listening) => {
        this.listeners++;
        const stop = stored.onRevoked(name, ...listening);
        let isStopped = false;
        return () => {
          if (!isStopped) this.listeners--;
          isStopped = true;
          stop();
        };
      },
      close: () => stored.close(),
    };
  }

  /**
   * Holds the answers to `call`, of calls from here on, until `go`. `answered` resolves when the first has its answer, and
   * so has had its effect.
   */
  hold(call: Call): { readonly answered: Promise<void>; go(): void } {
    const opened = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    this.#gates.set(call, { opened: opened.promise, reached });
    const go = (): void => {
      this.#gates.delete(call);
      opened.resolve();
    };
    return { answered: reached.promise, go };
  }

  /** From here on the answer to `call` is `error`. */
  fail(call: Call, error: Error): void {
    const opened = Promise.reject(error);
    opened.catch(() => {});
    this.#gates.set(call, { opened, reached: Promise.withResolvers<void>() });
  }
}
