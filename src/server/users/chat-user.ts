import { createHash, timingSafeEqual } from 'node:crypto';
import type { Timer } from '../../scheduling/clock.ts';
import type { Accounts, Creation, NewFollow, StoredFollows } from '../accounts/accounts.ts';
import { accountScope, type UploadOwner } from '../files/upload-store.ts';
import type { Begun, FollowAnswer, Follows, UnfollowAnswer } from '../follow/follows.ts';
import type { Hub } from '../hub/hub.ts';
import type { Device, User } from '../hub/user.ts';
import { scopeOf } from './guest-tokens.ts';
import type { Claim, Registry } from './registry.ts';
import type { UserRate, UserRates } from './user-rates.ts';

/** A connection on which a user is logged in. */
export interface UserDevice extends Device {
  /** See `addressGroup`. */
  readonly address: string;
  readonly isLoopback: boolean;
  /** The guest has become an account, in this tick. */
  onAccount(): void;
}

export interface ChatUserOptions {
  readonly hub: Hub;
  readonly registry: Registry;
  readonly accounts: Accounts;
  readonly userRates: UserRates;
  readonly maxTerms: number;
  readonly maxPhrases: number;
  /** The claim of a guest, which reserves the name until the user is gone. */
  readonly claim?: Claim;
  /** The stored follows of an account. */
  readonly account?: StoredFollows;
  /** The token of a guest. */
  readonly token?: string;
  /** What a guest followed before the server restarted. Other guests follow nothing yet. */
  readonly before?: StoredFollows;
}

/**
 * A registered user, on however many devices: a guest, whose follows end when they leave, or an account, whose follows
 * are stored. `Users` makes one object for each name.
 */
export class ChatUser implements User {
  readonly name: string;
  readonly follows: Follows<User>;
  readonly #userRates: UserRates;
  /** Undefined until the user sends something. */
  #rate: UserRate | undefined;
  /** Reference count: devices, and logins in progress. */
  references: number;
  /** Grace period: runs while the place of a guest whose connection broke is kept. */
  waiting: Timer | undefined;
  /** Replaced at each change, so that loops over the old array are not disturbed. */
  #devices: readonly UserDevice[] = [];
  /** The address of the device that was added last. */
  address = '';
  isLoopback = false;
  readonly #hub: Hub;
  readonly #registry: Registry;
  readonly #claim: Claim | undefined;
  readonly #accounts: Accounts;
  #isAccount: boolean;
  /** Whether changes of the follows are stored: those of an account, and of one that is being created. */
  #isKept: boolean;
  /** The last stored change. */
  #changed: Promise<unknown> | undefined;
  /** Names this registration of a guest, so that a later guest of the same name is not mistaken for this one. */
  readonly #token: string;

  constructor(name: string, references: number, options: ChatUserOptions) {
    const { hub, accounts, userRates, maxTerms, maxPhrases, account, before = account, token = '' } = options;
    this.name = name;
    this.references = references;
    this.#registry = options.registry;
    this.#claim = options.claim;
    this.#userRates = userRates;
    this.#hub = hub;
    this.#accounts = accounts;
    this.#isAccount = account !== undefined;
    this.#isKept = this.#isAccount;
    this.#token = token;
    const since = before && { after: before.createdAfter, spans: before.spans };
    const most = { maxTerms, maxPhrases };
    this.follows = hub.join(this, since === undefined ? most : { ...most, since });
  }

  get rate(): UserRate {
    this.#rate ??= this.#userRates.of(this.name);
    return this.#rate;
  }

  get isAccount(): boolean {
    return this.#isAccount;
  }

  get devices(): readonly UserDevice[] {
    return this.#devices;
  }

  /** Scope of retry ids: two guests who had the same name one after the other do not share them. */
  get retryScope(): string {
    return this.#isAccount ? accountScope : scopeOf(this.#token);
  }

  /** Owner of unfinished uploads. */
  get uploadOwner(): UploadOwner {
    return { name: this.name, scope: this.retryScope };
  }

  /** A guest whose connection broke resumes with this; undefined for an account. */
  get guestToken(): string | undefined {
    return this.#isAccount ? undefined : this.#token;
  }

  isGuestToken(token: string): boolean {
    const hash = (text: string): Uint8Array => createHash('sha256').update(text).digest();
    return !this.#isAccount && timingSafeEqual(hash(token), hash(this.#token));
  }

  addDevice(device: UserDevice): void {
    this.address = device.address;
    this.isLoopback = device.isLoopback;
    // Memory: one made by spreading has room for 16 more.
    this.#devices = this.#devices.concat(device);
    this.#registry.connect(this.name);
  }

  removeDevice(device: UserDevice): void {
    this.#devices = this.#devices.filter((other) => other !== device);
    this.#registry.disconnect(this.name);
  }

  /** Called when the last reference is gone: the user leaves the hub, and a guest's name is free. */
  leave(): void {
    this.#hub.leave(this);
    this.#claim?.release();
  }

  /** Resolves when the change is stored. Rejects as `Accounts` does, and changes nothing, when it cannot be. */
  follow(term: string): Promise<FollowAnswer> {
    return this.#inTurn(() => this.#follow(term));
  }

  /** As `follow`. */
  unfollow(term: string): Promise<UnfollowAnswer> {
    return this.#inTurn(() => this.#unfollow(term));
  }

  /** Replaces the followed terms. Resolves when they are stored, with those that exceed the limit. */
  begin(terms: readonly string[]): Promise<readonly string[]> {
    return this.#inTurn(() => this.#begin(terms));
  }

  /**
   * Turns the guest into an account: `create` stores it, with all spans of their follows. Resolves with its outcome. A
   * follow that changes meanwhile is stored after it.
   */
  async becomeAccount(create: (follows: () => readonly NewFollow[]) => Promise<Creation>): Promise<Creation> {
    const written = Promise.withResolvers<void>();
    let isWriting = false;
    const follows = (): readonly NewFollow[] => {
      isWriting = true;
      this.#isKept = true;
      this.#changed = written.promise;
      return this.follows.history();
    };
    try {
      const creation = await create(follows);
      if (creation.kind === 'created') {
        this.#isAccount = true;
        for (const device of this.#devices) device.onAccount();
      }
      return creation;
    } finally {
      // Another device may be creating the account; then this call was refused and has written nothing.
      if (isWriting) this.#isKept = this.#isAccount;
      written.resolve();
    }
  }

  /**
   * Runs stored changes one after another: one that fails is undone, and until then no answer to another device may
   * build on it.
   */
  #inTurn<Answer>(change: () => Promise<Answer>): Promise<Answer> {
    if (!this.#isKept) return change();
    const changed = this.#changed === undefined ? change() : this.#changed.then(change);
    this.#changed = changed.catch(() => {});
    return changed;
  }

  async #follow(term: string): Promise<FollowAnswer> {
    const after = this.#hub.position;
    const answer = this.follows.follow(term);
    if (answer !== 'followed' || !this.#isAccount) return answer;
    try {
      await this.#accounts.beginFollow(this.name, term, after);
    } catch (error) {
      this.follows.unfollow(term);
      throw error;
    }
    return answer;
  }

  async #unfollow(term: string): Promise<UnfollowAnswer> {
    const through = this.#hub.position;
    const answer = this.follows.unfollow(term);
    if (answer !== 'unfollowed' || !this.#isAccount) return answer;
    try {
      await this.#accounts.endFollow(this.name, term, through);
    } catch (error) {
      this.follows.follow(term);
      throw error;
    }
    return answer;
  }

  async #begin(terms: readonly string[]): Promise<readonly string[]> {
    const position = this.#hub.position;
    const before = this.follows.terms;
    const begun = this.follows.begin(terms);
    if (!this.#isAccount) return begun.left;
    try {
      await this.#keep(begun, position);
    } catch (error) {
      this.follows.begin(before);
      throw error;
    }
    return begun.left;
  }

  async #keep({ followed, unfollowed }: Begun, position: number): Promise<void> {
    if (followed.length === 0 && unfollowed.length === 0) return;
    const ended = unfollowed.map((term) => ({ term, through: position }));
    const begun = followed.map((term) => ({ term, after: position, through: Infinity }));
    await this.#accounts.changeFollows(this.name, ended, begun);
  }
}
