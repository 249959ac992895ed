import { NamesByCase } from '../../protocol/names-by-case.ts';
import type { Claim, NameHolder, Registry } from './registry.ts';

/** The state of a name; removed from the map when it is neither claimed nor online. */
interface Named {
  isClaimed: boolean;
  connections: number;
}

const here: readonly string[] = ['local'];
const nowhere: readonly string[] = [];

/** What the registry asks of the accounts: see `Accounts`. */
export interface KnownAccounts {
  isAccount(name: string): boolean;
  accountsLike?(name: string): readonly string[];
}

/** The registry of a server that runs alone: its answers are up to date. */
export class LocalRegistry implements Registry {
  readonly #accounts: KnownAccounts;
  readonly #names = new Map<string, Named>();
  readonly #byCase = new NamesByCase();
  /** The cached answer of `online`, until somebody comes or goes: many requests share one list. */
  #online: readonly string[] | undefined;

  constructor(accounts: KnownAccounts) {
    this.#accounts = accounts;
  }

  async claim(name: string): Promise<Claim | undefined> {
    if (this.#accounts.isAccount(name)) return undefined;
    const named = this.#of(name);
    if (named.isClaimed) return undefined;
    named.isClaimed = true;
    return new LocalClaim(this, name);
  }

  /** For `LocalClaim`. */
  release(name: string): void {
    const named = this.#of(name);
    named.isClaimed = false;
    this.#removeUnused(name, named);
  }

  async find(name: string): Promise<NameHolder> {
    const named = this.#names.get(name);
    const nodes = named !== undefined && named.connections > 0 ? here : nowhere;
    if (this.#accounts.isAccount(name)) return { kind: 'account', nodes };
    return { kind: named === undefined ? 'nobody' : 'guest', nodes };
  }

  async namesLike(name: string): Promise<readonly string[]> {
    const here = this.#byCase.like(name);
    const accounts = this.#accounts.accountsLike?.(name) ?? [];
    return accounts.length === 0 ? here : [...new Set([...here, ...accounts])];
  }

  async online(): Promise<readonly string[]> {
    this.#online ??= [...this.#names].filter(([, { connections }]) => connections > 0).map(([name]) => name);
    return this.#online;
  }

  connect(name: string): void {
    this.#of(name).connections++;
    this.#online = undefined;
  }

  disconnect(name: string): void {
    const named = this.#of(name);
    named.connections--;
    this.#online = undefined;
    this.#removeUnused(name, named);
  }

  #of(name: string): Named {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const named = { isClaimed: false, connections: 0 };
    this.#names.set(name, named);
    this.#byCase.add(name);
    return named;
  }

  #removeUnused(name: string, { isClaimed, connections }: Named): void {
    if (isClaimed || connections > 0) return;
    this.#names.delete(name);
    this.#byCase.delete(name);
  }
}

/** One object for each guest: it is kept small. */
class LocalClaim implements Claim {
  #registry: LocalRegistry | undefined;
  readonly #name: string;

  constructor(registry: LocalRegistry, name: string) {
    this.#registry = registry;
    this.#name = name;
  }

  release(): void {
    this.#registry?.release(this.#name);
    this.#registry = undefined;
  }
}
