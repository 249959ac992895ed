import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Timer } from '../../scheduling/clock.ts';
import type { Accounts, Creation, NewFollow, StoredFollows } from '../accounts/accounts.ts';
import type { Device } from '../connection/device.ts';
import { accountScope, type UploadOwner } from '../files/upload-store.ts';
import type { Begun, FollowAnswer, Follows, UnfollowAnswer } from '../follow/follows.ts';
import type { Hub } from '../hub/hub.ts';
import type { User } from '../hub/user.ts';
import type { UserRate, UserRates } from './user-rates.ts';

export interface ChatUserOptions {
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly userRates: UserRates;
  readonly maxTerms: number;
  /** Of an account: what it follows. A guest follows nothing yet. */
  readonly account?: StoredFollows;
}

/**
 * Somebody who is registered, whatever they are online with: a guest, who is somebody while they are here, or an
 * account, whose follows are kept. `Users` makes them and sees to it that there is one for a name.
 */
export class ChatUser implements User {
  readonly name: string;
  readonly follows: Follows<User>;
  readonly #userRates: UserRates;
  /** Of somebody who has said something. */
  #rate: UserRate | undefined;
  /** How many still need this user registered: its devices, and logins that are not through. */
  holds: number;
  /** Until when the place of a guest whose connection broke is kept. */
  waiting: Timer | undefined;
  /** Another list after each change: whoever goes through it is not disturbed. */
  #devices: readonly Device[] = [];
  /** Where the last device came from. */
  address = '';
  isLoopback = false;
  readonly #hub: Hub;
  readonly #accounts: Accounts;
  #isAccount: boolean;
  /** Whether changes of what is followed are kept: for an account, and for one that is being written. */
  #isKept: boolean;
  /** The last of them, once there was one. */
  #changed: Promise<unknown> | undefined;
  /** Of a guest: lets nobody else be taken for this one, who may have left and be somebody else by now. */
  readonly #registration = randomBytes(32).toString('hex');

  constructor(name: string, holds: number, options: ChatUserOptions) {
    const { hub, accounts, userRates, maxTerms, account } = options;
    this.name = name;
    this.holds = holds;
    this.#userRates = userRates;
    this.#hub = hub;
    this.#accounts = accounts;
    this.#isAccount = account !== undefined;
    this.#isKept = this.#isAccount;
    const since = account && { after: account.createdAfter, spans: account.spans };
    this.follows = hub.join(this, since === undefined ? { maxTerms } : { maxTerms, since });
  }

  get rate(): UserRate {
    this.#rate ??= this.#userRates.of(this.name);
    return this.#rate;
  }

  get isAccount(): boolean {
    return this.#isAccount;
  }

  get devices(): readonly Device[] {
    return this.#devices;
  }

  /** Whose the ids are that make sending again safe: those of two guests of one name have nothing in common. */
  get retryScope(): string {
    return this.#isAccount ? accountScope : this.#registration.slice(0, 16);
  }

  /** Whose the files are that are on their way in. */
  get uploadOwner(): UploadOwner {
    return { name: this.name, scope: this.retryScope };
  }

  /** What lets a guest come back in the place that is kept for them. */
  get guestToken(): string | undefined {
    return this.#isAccount ? undefined : this.#registration;
  }

  isGuestToken(token: string): boolean {
    const hash = (text: string): Uint8Array => createHash('sha256').update(text).digest();
    return !this.#isAccount && timingSafeEqual(hash(token), hash(this.#registration));
  }

  addDevice(device: Device): void {
    this.address = device.peer.address;
    this.isLoopback = device.session.connection.isLoopback;
    this.#devices = [...this.#devices, device];
  }

  removeDevice(device: Device): void {
    this.#devices = this.#devices.filter((other) => other !== device);
  }

  /** Resolves when it is kept. Rejects as `Accounts` does when it cannot be, and nothing is changed then. */
  follow(term: string): Promise<FollowAnswer> {
    return this.#inTurn(() => this.#follow(term));
  }

  /** As `follow`. */
  unfollow(term: string): Promise<UnfollowAnswer> {
    return this.#inTurn(() => this.#unfollow(term));
  }

  /** Follows these terms and no others. Resolves when that is kept, with those for which there was no room. */
  begin(terms: readonly string[]): Promise<readonly string[]> {
    return this.#inTurn(() => this.#begin(terms));
  }

  /**
   * Makes an account of the guest's name by `create`, with what they follow and followed; resolves with its outcome. What
   * a device of theirs changes while it is written is written behind it.
   */
  async becomeAccount(create: (follows: () => readonly NewFollow[]) => Promise<Creation>): Promise<Creation> {
    const written = Promise.withResolvers<void>();
    const follows = (): readonly NewFollow[] => {
      this.#isKept = true;
      this.#changed = written.promise;
      return this.follows.history();
    };
    try {
      const creation = await create(follows);
      if (creation.kind === 'created') {
        this.#isAccount = true;
        for (const device of this.#devices) device.accountListener?.onAccount(this.name);
      }
      return creation;
    } finally {
      this.#isKept = this.#isAccount;
      written.resolve();
    }
  }

  /**
   * One change after another, where each has to be kept: one that cannot be is taken back, and no other device must have
   * been told of it meanwhile.
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
