import { AccountDatabase } from '../../src/server/accounts/account-database.ts';
import { AccountRows } from '../../src/server/accounts/account-rows.ts';
import type { TokenDescription } from '../../src/server/accounts/accounts.ts';
import { PasswordHasher } from '../../src/server/accounts/password-hasher.ts';
import { TokenRows } from '../../src/server/accounts/token-rows.ts';
import { cheapLimits } from './accounts-factory.ts';

/** What `earshot passwd` and `earshot tokens` do to accounts that a server has open. */
export interface AccountsAdmin {
  /** Returns whether there is such an account. */
  setPassword(name: string, password: string): Promise<boolean>;
  /** Most recently used first. */
  tokens(name: string): readonly TokenDescription[];
  /** Returns whether the account had such a token. */
  revokeToken(name: string, id: number): boolean;
  revokeTokens(name: string): void;
}

/** Opens `file` anew for each call, as each command does. */
export function sqliteAdmin(file: string): AccountsAdmin {
  const limits = { tokensPerAccount: 1, tokenIdleMs: Infinity, tokenTouchMs: 0 };
  const open = <Result>(work: (accounts: AccountRows, tokens: TokenRows) => Result): Result => {
    const database = new AccountDatabase(file);
    try {
      return work(new AccountRows(database), new TokenRows(database, limits));
    } finally {
      database.close();
    }
  };
  return {
    async setPassword(name, password) {
      const hash = await new PasswordHasher(cheapLimits).hash(password);
      return open((accounts) => accounts.setPassword(name, hash)) !== undefined;
    },
    tokens: (name) => open((_, tokens) => tokens.tokens(name)),
    revokeToken: (name, id) => open((_, tokens) => tokens.removeToken(name, id)),
    revokeTokens: (name) => void open((_, tokens) => tokens.removeTokens(name)),
  };
}
