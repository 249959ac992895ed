import type { Limits } from '../../protocol/limits.ts';
import { isReservedName } from '../../protocol/names.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Accounts, Creation, StoredSpan } from '../accounts/accounts.ts';
import type { UploadOwner } from '../files/upload-store.ts';
import type { Hub } from '../hub/hub.ts';
import { ChatUser, type ChatUserOptions } from './chat-user.ts';
import { GuestTokens } from './guest-tokens.ts';
import type { Registry } from './registry.ts';
import type { UserRate, UserRates } from './user-rates.ts';

export interface UsersOptions {
  readonly hub: Hub;
  readonly registry: Registry;
  readonly accounts: Accounts;
  readonly userRates: UserRates;
  readonly defaultFollow: readonly string[];
  readonly limits: Limits;
  readonly clock: Clock;
  /** Called when a guest is gone for good. */
  readonly onGuestGone: (guest: UploadOwner) => void;
  /** Called when a user, guest or account, is gone from this node. */
  readonly onUserGone?: (() => void) | undefined;
  readonly guestTokens?: GuestTokens;
}

/** A guest whose place is kept while the server restarts. */
export interface KeptGuest {
  readonly name: string;
  /** See `scopeOf`. */
  readonly scope: string;
  /** The position after which the own keys count. */
  readonly joinedAfter: number;
  /** What the guest has followed, then what they follow, in the order of following. */
  readonly spans: readonly StoredSpan[];
}

type RegisteredOptions = Pick<ChatUserOptions, 'account' | 'claim' | 'token' | 'before'>;

/** An account whose follows are being loaded, and how many logins wait for them. */
interface Arrival {
  readonly user: Promise<ChatUser | undefined>;
  waiting: number;
}

/**
 * The users of this node: one `ChatUser` for each name, on however many devices. Every method that returns one retains
 * it; the caller must `release` it.
 */
export class Users {
  readonly #options: UsersOptions;
  readonly #tokens: GuestTokens;
  readonly #registered = new Map<string, ChatUser>();
  readonly #arrivals = new Map<string, Arrival>();
  /** Guests whose connection broke, with the address it came from; the oldest first. */
  readonly #places = new Map<ChatUser, string>();
  #isStopping = false;

  constructor(options: UsersOptions) {
    this.#options = options;
    this.#tokens = options.guestTokens ?? new GuestTokens();
  }

  /** Creates the rate of a connection, whatever names are used on it. */
  connectionRate(): UserRate {
    return this.#options.userRates.create();
  }

  /** What a new user follows at first. */
  get defaultFollow(): readonly string[] {
    return this.#options.defaultFollow;
  }

  /**
   * Retains a new guest; undefined when the name is taken, or reserved. With `former`, a token that a guest of this name
   * had, the guest keeps it, and so the scope of their retry ids.
   */
  async registerGuest(name: string, former?: string): Promise<ChatUser | undefined> {
    if (isReservedName(name)) return undefined;
    const claim = await this.#options.registry.claim(name);
    if (claim === undefined) return undefined;
    const isFormer = former !== undefined && this.#tokens.isFor(name, former);
    const guest = this.#register(name, 1, { claim, token: isFormer ? former : this.#tokens.make(name) });
    guest.follows.begin(this.defaultFollow);
    return guest;
  }

  /** Retains the guest who has this token, online or in a kept place; undefined when there is none. */
  returningGuest(name: string, token: string): ChatUser | undefined {
    const user = this.#registered.get(name);
    if (user?.isGuestToken(token) !== true) return undefined;
    if (user.waiting === undefined) user.references++;
    user.waiting?.cancel();
    user.waiting = undefined;
    this.#places.delete(user);
    return user;
  }

  /** Retains the account's user; undefined when there is no such account. */
  async account(name: string): Promise<ChatUser | undefined> {
    const online = this.#registered.get(name);
    if (online !== undefined) {
      online.references++;
      return online;
    }
    const arrival = this.#arrivals.get(name) ?? this.#load(name);
    arrival.waiting++;
    return arrival.user;
  }

  /** Creates an account with a name that nobody has. `origin` is the address that it came from. */
  async create(name: string, password: string, origin?: string): Promise<Creation> {
    const { hub, accounts, registry } = this.#options;
    if (isReservedName(name)) return { kind: 'taken' };
    const claim = await registry.claim(name);
    if (claim === undefined) return { kind: 'taken' };
    try {
      return await accounts.create(name, password, hub.position, undefined, origin);
    } finally {
      claim.release();
    }
  }

  /** Turns a guest into an account, with all that they have followed since they came. */
  async claim(guest: ChatUser, password: string, origin?: string): Promise<Creation> {
    const { accounts } = this.#options;
    const after = guest.follows.joinedAfter;
    return guest.becomeAccount((follows) => accounts.create(guest.name, password, after, follows, origin));
  }

  /**
   * Drops one reference. With `broke`, the place of a guest is kept for the grace period `guestKeptMs`. Only CHAT/1.1 passes
   * it, when the connection ended without a goodbye or was silent for too long (`Chat11.onOver`).
   */
  release(user: ChatUser, broke = false): void {
    if (broke && !user.isAccount && user.references === 1) {
      this.#keepPlace(user);
      // Of many guests behind one address, all come back after a restart.
      if (!this.#isStopping) this.#boundPlaces(user);
    } else this.#drop(user);
  }

  /** The server shuts down: from now on the place of every guest whose connection ends is kept. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Returns the guests whose places are kept. */
  keptGuests(): readonly KeptGuest[] {
    return [...this.#places.keys()].map(({ name, retryScope, follows }) => ({
      name,
      scope: retryScope,
      joinedAfter: follows.joinedAfter,
      spans: follows.history(),
    }));
  }

  /** Keeps the places of guests of an earlier server, from now on for `guestKeptMs`. */
  async restore(guests: readonly KeptGuest[]): Promise<void> {
    for (const { name, scope, joinedAfter, spans } of guests) {
      const claim = await this.#options.registry.claim(name);
      // The name may have an account since.
      if (claim === undefined) continue;
      const before = { createdAfter: joinedAfter, spans };
      this.#keepPlace(this.#register(name, 1, { claim, before, token: this.#tokens.make(name, scope) }));
    }
  }

  /** Gives up the place that is kept for a guest of this name, if there is one. */
  giveUpPlace(name: string): void {
    const user = this.#registered.get(name);
    if (user?.waiting !== undefined) this.#giveUpPlace(user);
  }

  #keepPlace(user: ChatUser): void {
    const { clock, limits } = this.#options;
    user.waiting = clock.after(limits.guestKeptMs, () => this.#giveUpPlace(user));
    this.#places.set(user, user.address);
  }

  /** Limits the kept places: each costs memory and a name, and a stranger gets one for nothing. */
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
    user.references--;
    if (user.references > 0) return;
    this.#registered.delete(user.name);
    user.leave();
    if (!user.isAccount) this.#options.onGuestGone(user.uploadOwner);
    this.#options.onUserGone?.();
  }

  #load(name: string): Arrival {
    const arrival: Arrival = { user: this.#arrive(name, () => arrival.waiting), waiting: 0 };
    this.#arrivals.set(name, arrival);
    return arrival;
  }

  async #arrive(name: string, waiting: () => number): Promise<ChatUser | undefined> {
    try {
      const account = await this.#options.accounts.loadFollows(name);
      return account && this.#register(name, waiting(), { account });
    } finally {
      this.#arrivals.delete(name);
    }
  }

  #register(name: string, references: number, own: RegisteredOptions): ChatUser {
    const { hub, registry, accounts, userRates, limits } = this.#options;
    const shared = {
      hub,
      registry,
      accounts,
      userRates,
      maxTerms: limits.followTerms,
      maxPhrases: limits.followPhrases,
    };
    const user = new ChatUser(name, references, { ...shared, ...own });
    this.#registered.set(name, user);
    return user;
  }
}
