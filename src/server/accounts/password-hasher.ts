import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Limits } from '../../protocol/limits.ts';
import { normalizePassword } from '../../protocol/passwords.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import { formatPasswordHash, type HashCost, parsePasswordHash } from './password-hash.ts';

/** Makes 32 bytes of a password, at a cost. */
export type Derive = (password: Uint8Array, salt: Uint8Array, cost: HashCost) => Promise<Uint8Array>;

const tagBytes = 32;
const saltBytes = 16;

const argon2Async = promisify(argon2);

/** Node's argon2id, on a thread of its pool. */
export const deriveArgon2id: Derive = (message, nonce, { memoryKiB, passes }) =>
  argon2Async('argon2id', { message, nonce, memory: memoryKiB, passes, parallelism: 1, tagLength: tagBytes });

/**
 * Hashes passwords, few at once, as each takes 19 MiB and most of a processor. So many may wait for their turn, beyond
 * that nobody may: whoever floods the server with passwords takes no more from it than that.
 */
export class PasswordHasher {
  readonly #cost: HashCost;
  readonly #derive: Derive;
  readonly #mostRunning: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** What passwords of accounts that do not exist are compared with: nobody knows one that it is made of. */
  readonly #nobodys: string;

  constructor(limits: Limits, derive: Derive = deriveArgon2id) {
    this.#cost = { memoryKiB: limits.passwordHashKiB, passes: limits.passwordHashPasses };
    this.#derive = derive;
    this.#mostRunning = limits.passwordHashes;
    this.#mostWaiting = limits.passwordHashesWaiting;
    this.#nobodys = formatPasswordHash({
      ...this.#cost,
      salt: randomBytes(saltBytes),
      tag: randomBytes(tagBytes),
    });
  }

  /** Does `work` when its turn comes; undefined when too many wait. `hash` and `matches` belong into a turn. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#running >= this.#mostRunning && this.#waiting.length >= this.#mostWaiting) return undefined;
    return this.#run(work);
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    // Whoever leaves hands their place on, so `#running` stays as it is for those who waited.
    if (this.#running < this.#mostRunning) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** As a PHC string. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    const tag = await this.#derive(bytesOf(password), salt, this.#cost);
    return formatPasswordHash({ ...this.#cost, salt, tag });
  }

  /** Whether `stored` was made of this password; without, the same work for a `false`. */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const { salt, tag, ...cost } = parsePasswordHash(stored ?? this.#nobodys);
    const derived = await this.#derive(bytesOf(password), salt, cost);
    return derived.length === tag.length && timingSafeEqual(derived, tag) && stored !== undefined;
  }

  /** Whether `stored` was made at the cost of today. */
  isCurrent(stored: string): boolean {
    const { memoryKiB, passes } = parsePasswordHash(stored);
    return memoryKiB === this.#cost.memoryKiB && passes === this.#cost.passes;
  }
}

function bytesOf(password: string): Uint8Array {
  return encodeUtf8(normalizePassword(password));
}
