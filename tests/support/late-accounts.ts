import { keyOfTerm } from '../../src/protocol/terms.ts';
import type { Accounts, Creation, NewFollow, StoredFollows } from '../../src/server/accounts/accounts.ts';

/** The part of `Accounts` that users need, in memory. Its disk answers when the test says so. */
export class LateAccounts {
  readonly #names = new Set<string>();
  readonly #stored = new Map<string, StoredFollows>();
  readonly #waiting: ((outcome: 'done' | 'busy' | Error) => void)[] = [];
  /** How often follows were loaded. */
  loads = 0;

  isAccount(name: string): boolean {
    return this.#names.has(name);
  }

  /** Stores an account at once. */
  add(name: string, after = 0, follows: readonly NewFollow[] = []): void {
    this.#names.add(name);
    const spans = follows.map((follow) => ({ ...follow, key: keyOfTerm(follow.term) }));
    this.#stored.set(name, { createdAfter: after, spans });
  }

  async create(...[name, , after, follows = () => []]: Parameters<Accounts['create']>): Promise<Creation> {
    if (this.#names.has(name)) return { kind: 'taken' };
    this.#names.add(name);
    try {
      const hashed = await this.#answer();
      if (hashed === 'busy') {
        this.#names.delete(name);
        return { kind: 'busy' };
      }
      const written = follows();
      await this.#answer();
      this.add(name, after, written);
    } catch (error) {
      this.#names.delete(name);
      throw error;
    }
    return { kind: 'created', generation: 1 };
  }

  async loadFollows(name: string): Promise<StoredFollows | undefined> {
    this.loads++;
    await this.#answer();
    return this.#stored.get(name);
  }

  /** Answers the waiting call at index `at`, modulo their number, if there is one, and lets its caller go on. */
  async answer(at = 0, outcome: 'done' | 'busy' | Error = 'done'): Promise<void> {
    const [answer] = this.#waiting.splice(at % this.#waiting.length, 1);
    answer?.(outcome);
    await new Promise(setImmediate);
  }

  #answer(): Promise<'done' | 'busy'> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
    });
  }
}
