import type { TestContext } from 'node:test';
import { defaultLimits, type Limits } from '../../src/protocol/limits.ts';
import type { Clock } from '../../src/scheduling/clock.ts';
import type { Accounts, PasswordAnswer, Revoked } from '../../src/server/accounts/accounts.ts';
import { type Derive, deriveArgon2id } from '../../src/server/accounts/password-hasher.ts';
import type { AccountsAdmin } from './accounts-admin.ts';
import { FakeClock } from './fake-clock.ts';

export interface OpenOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly derive: Derive;
  readonly epoch: string;
  readonly head: number;
}

/** Opens the same accounts again and again, one at a time; the first time there are none. */
export type AccountsFactory = ((options: OpenOptions) => Promise<Accounts>) & {
  readonly admin: AccountsAdmin;
};

/** Limits with the cheapest hash there is. */
export const cheapLimits: Limits = { ...defaultLimits, passwordHashKiB: 8, passwordHashPasses: 1 };

/** Node's argon2id, counted, and held back while a test wants that. */
export class WatchedDerive {
  count = 0;
  #held: (() => void)[] | undefined;

  readonly derive: Derive = async (password, salt, cost) => {
    this.count++;
    if (this.#held !== undefined) await new Promise<void>((resolve) => this.#held?.push(resolve));
    return deriveArgon2id(password, salt, cost);
  };

  /** From now on nothing is derived. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const resolve of held) resolve();
  }
}

export interface OpenAccounts {
  readonly accounts: Accounts;
  readonly admin: AccountsAdmin;
  readonly clock: FakeClock;
  readonly watched: WatchedDerive;
  /** Opens them again, after a `close`. */
  readonly reopen: (options?: Partial<OpenOptions>) => Promise<Accounts>;
}

/** Accounts that are closed when the test ends, on a clock that stands still. */
export async function openAccounts(
  test: TestContext,
  create: (test: TestContext) => Promise<AccountsFactory>,
  limits: Partial<Limits> = {},
): Promise<OpenAccounts> {
  const factory = await create(test);
  const clock = new FakeClock();
  const watched = new WatchedDerive();
  const opened: Accounts[] = [];
  const reopen = async (options: Partial<OpenOptions> = {}): Promise<Accounts> => {
    const { derive } = watched;
    const all = { clock, derive, limits: { ...cheapLimits, ...limits }, epoch: 'e', head: 0, ...options };
    const accounts = await factory(all);
    opened.push(accounts);
    return accounts;
  };
  test.after(async () => {
    for (const accounts of opened) await accounts.close();
  });
  return { accounts: await reopen(), admin: factory.admin, clock, watched, reopen };
}

export type Create = (test: TestContext) => Promise<AccountsFactory>;

/** A password of accounts in tests. */
export const password = 'correct horse battery';
/** An address. */
export const here = '192.0.2.1';

/** What the listener of `name` hears. */
export function heard(accounts: Accounts, name: string): Revoked[] {
  const revoked: Revoked[] = [];
  accounts.onRevoked(name, (what) => revoked.push(what));
  return revoked;
}

/** Lets the accounts look for what other processes did. */
export async function poll({ accounts, clock }: OpenAccounts): Promise<void> {
  clock.advance(cheapLimits.accountsPollMs);
  // They ask twice, one after the other; the answers to these come after that.
  for (let asked = 0; asked < 2; asked++) await accounts.loadFollows('nobody');
}

/** What the answers are, in their order. */
export async function kinds(answers: Iterable<Promise<PasswordAnswer>>): Promise<string[]> {
  return (await Promise.all(answers)).map(({ kind }) => kind);
}
