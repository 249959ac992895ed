import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Limits } from '../../protocol/limits.ts';
import { normalizePassword } from '../../protocol/passwords.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import { isLoopbackAddress } from '../../transport/address-group.ts';
import { LoginLine } from './login-line.ts';
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
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #maxWaitingPerAddress: number;
  readonly #loopbackFactor: number;
  readonly #maxCreationsWaiting: number;
  /** Logins from addresses that an account was logged in from; a lane is an account. */
  readonly #known: LoginLine;
  /** All other logins; a lane is an address. */
  readonly #strangers: LoginLine;
  #lastLine: LoginLine | undefined;
  readonly #creations: (() => void)[] = [];
  #running = 0;
  #creationsRunning = 0;
  /** What passwords of accounts that do not exist are compared with: nobody knows one that it is made of. */
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
   * Does the `work` of a login when its turn comes; undefined when too many wait. `hash` and `matches` belong into a turn.
   * Addresses take turns (see `addressGroup`), and each has few places: nobody waits for more than one guess of each other.
   * `knownBy` is the account that was logged in last from the address, if any was. Logins from such addresses wait in a line
   * of their own, which has every second turn, so a flood from strange addresses does not hold them up. There accounts take
   * turns: one account makes many addresses known, but gets them no more turns than one.
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

  /** The same for a new account: one at a time, few wait, and logins go first. */
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

  /** While logins wait in both lines, the lines take turns. */
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
