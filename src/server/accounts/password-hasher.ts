import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Limits } from '../../protocol/limits.ts';
import { normalizePassword } from '../../protocol/passwords.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import { isLoopbackAddress } from '../../transport/address-group.ts';
import { LoginLine } from './login-line.ts';
import { formatPasswordHash, type HashCost, parsePasswordHash } from './password-hash.ts';

/** Derives 32 bytes from a password at a given cost. */
export type Derive = (password: Uint8Array, salt: Uint8Array, cost: HashCost) => Promise<Uint8Array>;

const tagBytes = 32;
const saltBytes = 16;

const argon2Async = promisify(argon2);

/** Node's argon2id, on its thread pool. */
export const deriveArgon2id: Derive = (message, nonce, { memoryKiB, passes }) =>
  argon2Async('argon2id', { message, nonce, memory: memoryKiB, passes, parallelism: 1, tagLength: tagBytes });

/**
 * Hashes passwords, a few at once, because each takes 19 MiB and most of a processor. A bounded number of calls wait for
 * their turn and further ones are refused, which bounds what a flood of passwords can cost.
 */
export class PasswordHasher {
  readonly #cost: HashCost;
  readonly #derive: Derive;
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #maxWaitingPerAddress: number;
  readonly #loopbackFactor: number;
  readonly #maxCreationsWaiting: number;
  /** Logins from addresses where an account has logged in; a lane for each account. */
  readonly #known: LoginLine;
  /** All other logins; a lane for each address. */
  readonly #strangers: LoginLine;
  #lastLine: LoginLine | undefined;
  readonly #creations: (() => void)[] = [];
  #running = 0;
  #creationsRunning = 0;
  /** Stands in for the hash of an account that does not exist. Its tag is random, so no password matches. */
  readonly #nobodys: string;

  constructor(limits: Limits, derive: Derive = deriveArgon2id) {
    this.#cost = { memoryKiB: limits.passwordHashKiB, passes: limits.passwordHashPasses };
    this.#derive = derive;
    this.#maxRunning = limits.passwordHashes;
    this.#maxWaiting = limits.passwordHashesWaiting;
    this.#known = new LoginLine(limits.passwordHashesWaiting);
    this.#strangers = new LoginLine(limits.passwordHashesWaiting);
    this.#maxWaitingPerAddress = limits.passwordHashesWaitingPerAddress;
    this.#loopbackFactor = limits.loopbackFactor;
    this.#maxCreationsWaiting = Math.min(limits.passwordCreationsWaiting, limits.passwordHashesWaiting);
    this.#nobodys = formatPasswordHash({
      ...this.#cost,
      salt: randomBytes(saltBytes),
      tag: randomBytes(tagBytes),
    });
  }

  /**
   * Runs the `work` of a login, which may call `hash` and `matches`, when its turn comes. Returns undefined when too many
   * wait. Addresses (see `addressGroup`) take turns and each has few places, so a login waits for at most one guess of each
   * other address.
   *
   * `knownBy` is the account that logged in last from the address, if any has. Such logins have a queue of their own, which
   * gets every second turn, so that a flood from unknown addresses does not delay them. In it, accounts take turns: an
   * account that makes many addresses known gets no more turns than one.
   */
  inTurn<Result>(
    work: () => Promise<Result>,
    address: string,
    knownBy?: string,
  ): Promise<Result> | undefined {
    if (this.#running < this.#maxRunning) return this.#run(work);
    const maxOwn = this.#maxWaitingPerAddress * (isLoopbackAddress(address) ? this.#loopbackFactor : 1);
    if (knownBy !== undefined && this.#known.hasRoom(knownBy, maxOwn)) {
      return this.#wait(this.#known, knownBy, work);
    }
    if (this.#strangers.hasRoom(address, maxOwn)) return this.#wait(this.#strangers, address, work);
    return undefined;
  }

  #wait<Result>(line: LoginLine, lane: string, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      line.push(lane, () => this.#run(work).then(resolve, reject));
    });
  }

  /** As `inTurn`, for creating an account: one at a time, few wait, and logins go first. */
  inTurnOfCreation<Result>(work: () => Promise<Result>): Promise<Result> | undefined {
    const counted = async (): Promise<Result> => {
      try {
        return await work();
      } finally {
        this.#creationsRunning--;
      }
    };
    if (this.#running < this.#maxRunning && this.#creationsRunning === 0) {
      this.#creationsRunning++;
      return this.#run(counted);
    }
    const isBusy = this.#known.size + this.#strangers.size >= this.#maxWaiting;
    if (isBusy || this.#creations.length >= this.#maxCreationsWaiting) return undefined;
    return new Promise((resolve, reject) => {
      this.#creations.push(() => {
        this.#creationsRunning++;
        this.#run(counted).then(resolve, reject);
      });
    });
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  #next(): void {
    if (this.#running >= this.#maxRunning) return;
    const next = this.#takeLogin() ?? (this.#creationsRunning === 0 ? this.#creations.shift() : undefined);
    next?.();
  }

  /** While logins wait in both queues, the queues take turns. */
  #takeLogin(): (() => void) | undefined {
    const isKnownsTurn = this.#lastLine !== this.#known;
    for (const line of isKnownsTurn ? [this.#known, this.#strangers] : [this.#strangers, this.#known]) {
      const login = line.take();
      if (login === undefined) continue;
      this.#lastLine = line;
      return login;
    }
    return undefined;
  }

  /** Returns a PHC string. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    const tag = await this.#derive(bytesOf(password), salt, this.#cost);
    return formatPasswordHash({ ...this.#cost, salt, tag });
  }

  /** Returns whether `stored` is a hash of this password. Without `stored` it does the same work and returns false. */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const { salt, tag, ...cost } = parsePasswordHash(stored ?? this.#nobodys);
    const derived = await this.#derive(bytesOf(password), salt, cost);
    return derived.length === tag.length && timingSafeEqual(derived, tag) && stored !== undefined;
  }

  /** Returns whether `stored` was made at the current cost. */
  isCurrent(stored: string): boolean {
    const { memoryKiB, passes } = parsePasswordHash(stored);
    return memoryKiB === this.#cost.memoryKiB && passes === this.#cost.passes;
  }
}

function bytesOf(password: string): Uint8Array {
  return encodeUtf8(normalizePassword(password));
}
