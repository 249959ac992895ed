import type { Limits } from '../../protocol/limits.ts';
import { isReservedName } from '../../protocol/names.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Accounts, Creation } from '../accounts/accounts.ts';
import type { UploadOwner } from '../files/upload-store.ts';
import type { Hub } from '../hub/hub.ts';
import { ChatUser, type ChatUserOptions } from './chat-user.ts';
import type { UserRate, UserRates } from './user-rates.ts';

export interface UsersOptions {
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly userRates: UserRates;
  readonly defaultFollow: readonly string[];
  readonly limits: Limits;
  readonly clock: Clock;
  /** Nobody will come back as this guest. */
  readonly onGuestGone: (guest: UploadOwner) => void;
}

/** An account whose follows are being loaded, and how many logins wait for that. */
interface Arrival {
  readonly user: Promise<ChatUser | undefined>;
  waiting: number;
}

/**
 * Everybody who is registered, one `ChatUser` a name however many devices they have. Whoever gets one from here holds
 * it, and owes a `release`.
 */
export class Users {
  readonly #options: UsersOptions;
  readonly #registered = new Map<string, ChatUser>();
  readonly #arrivals = new Map<string, Arrival>();
  /** Guests whose connection broke, with the address it came from; the oldest first. */
  readonly #places = new Map<ChatUser, string>();

  constructor(options: UsersOptions) {
    this.#options = options;
  }

  /** The rate of a connection, whatever names are taken on it. */
  connectionRate(): UserRate {
    return this.#options.userRates.create();
  }

  /** What everybody who is new follows at first. */
  get defaultFollow(): readonly string[] {
    return this.#options.defaultFollow;
  }

  /** A new guest, held once; undefined when the name is taken, or reserved. */
  registerGuest(name: string): ChatUser | undefined {
    const { accounts } = this.#options;
    if (isReservedName(name)) return undefined;
    if (this.#registered.has(name) || accounts.isAccount(name)) return undefined;
    const guest = this.#register(name, 1);
    guest.follows.begin(this.defaultFollow);
    return guest;
  }

  /** The guest who has this token, online or waited for, held once more; undefined when there is none. */
  returningGuest(name: string, token: string): ChatUser | undefined {
    const user = this.#registered.get(name);
    if (user?.isGuestToken(token) !== true) return undefined;
    if (user.waiting === undefined) user.holds++;
    user.waiting?.cancel();
    user.waiting = undefined;
    this.#places.delete(user);
    return user;
  }

  /** The account's user, held once more; undefined when there is no such account. */
  async account(name: string): Promise<ChatUser | undefined> {
    const online = this.#registered.get(name);
    if (online !== undefined) {
      online.holds++;
      return online;
    }
    const arrival = this.#arrivals.get(name) ?? this.#load(name);
    arrival.waiting++;
    return arrival.user;
  }

  /** Makes an account of a name that nobody has. */
  async create(name: string, password: string): Promise<Creation> {
    const { hub, accounts } = this.#options;
    if (this.#registered.has(name) || isReservedName(name)) return { kind: 'taken' };
    return accounts.create(name, password, hub.position);
  }

  /** Makes an account of a guest's name, with all that they have followed since they came. */
  async claim(guest: ChatUser, password: string): Promise<Creation> {
    const { accounts } = this.#options;
    const after = guest.follows.joinedAfter;
    return guest.becomeAccount((follows) => accounts.create(guest.name, password, after, follows));
  }

  /** Gives up one hold. The place of a guest whose connection `broke` is kept for a while. */
  release(user: ChatUser, broke = false): void {
    const { clock, limits } = this.#options;
    if (broke && !user.isAccount && user.holds === 1) {
      user.waiting = clock.after(limits.guestKeptMs, () => this.#giveUpPlace(user));
      this.#places.set(user, user.address);
      this.#boundPlaces(user);
    } else this.#drop(user);
  }

  /** Places cost memory and a name each, and coming and breaking off costs next to nothing. */
  #boundPlaces(newest: ChatUser): void {
    const { guestPlaces, guestPlacesPerAddress, loopbackFactor } = this.#options.limits;
    const address = this.#places.get(newest);
    const own = [...this.#places].filter(([, other]) => other === address).map(([user]) => user);
    const factor = newest.isLoopback ? loopbackFactor : 1;
    const [oldestOwn] = own;
    if (own.length > guestPlacesPerAddress * factor && oldestOwn !== undefined) this.#giveUpPlace(oldestOwn);
    const [oldest] = this.#places.keys();
    if (this.#places.size > guestPlaces && oldest !== undefined) this.#giveUpPlace(oldest);
  }

  #giveUpPlace(user: ChatUser): void {
    user.waiting?.cancel();
    user.waiting = undefined;
    this.#places.delete(user);
    this.#drop(user);
  }

  #drop(user: ChatUser): void {
    user.holds--;
    if (user.holds > 0) return;
    this.#registered.delete(user.name);
    this.#options.hub.leave(user);
    if (!user.isAccount) this.#options.onGuestGone(user.uploadOwner);
  }

  #load(name: string): Arrival {
    const arrival: Arrival = { user: this.#arrive(name, () => arrival.waiting), waiting: 0 };
    this.#arrivals.set(name, arrival);
    return arrival;
  }

  async #arrive(name: string, waiting: () => number): Promise<ChatUser | undefined> {
    try {
      const account = await this.#options.accounts.loadFollows(name);
      return account && this.#register(name, waiting(), account);
    } finally {
      this.#arrivals.delete(name);
    }
  }

  #register(name: string, holds: number, account?: ChatUserOptions['account']): ChatUser {
    const { hub, accounts, userRates, limits } = this.#options;
    const own = { hub, accounts, userRates, maxTerms: limits.followTerms };
    const user = new ChatUser(name, holds, account === undefined ? own : { ...own, account });
    this.#registered.set(name, user);
    return user;
  }
}
