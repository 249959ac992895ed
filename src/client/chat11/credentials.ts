import type { RequestOf } from '../../protocol/chat11/request.ts';
import type { Failure, ResponseTo } from '../../protocol/chat11/response.ts';
import { isReservedName } from '../../protocol/names.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import type { ConnectOptions, NameStatus } from '../client.ts';
import { ConnectError, type ConnectProblem } from '../errors.ts';
import type { Place } from '../place.ts';

export type LoginRequest = (RequestOf<'register'> | RequestOf<'login'>) & {
  readonly kind: 'register' | 'login';
};
export type LoginResult = ResponseTo<'register'> | ResponseTo<'login'>;

/** Before login the server accepts lines of 1,024 bytes. */
const maxFollowBytes = 1_000;

/** The user's credentials: first those from the options, then the token of the last login. */
export class Credentials {
  readonly name: string;
  /** The terms to follow when a guest has to register again; undefined while they are unknown. */
  #follows: Set<string> | undefined;
  #isGuest: boolean;
  #password: string | undefined;
  #token: string | undefined;
  readonly #givenToken: string | undefined;
  /** Whether to create the account; undefined where that depends on whether there is one. */
  #isNew: boolean | undefined;
  /** How often somebody else who creates the account may be the reason for a refusal. */
  #undecidedTries: number;

  /** One that the account may have by now: its change is not answered yet. */
  #nextPassword: string | undefined;
  readonly #invitation: string | undefined;
  /** The server no longer knows the guest of an earlier run. */
  #isForgotten = false;

  constructor(options: ConnectOptions, token: string | undefined) {
    const { name, password, account, follow, invitation, keepGuest = false } = options;
    this.name = name;
    this.#invitation = invitation;
    this.#follows = follow && new Set(follow);
    this.#isGuest = password === undefined && (token === undefined || keepGuest);
    this.#password = password;
    this.#token = token;
    this.#givenToken = token;
    this.#undecidedTries = account === 'either' ? 2 : 0;
    this.#isNew = account === 'either' ? undefined : account === 'create';
  }

  get isGuest(): boolean {
    return this.#isGuest;
  }

  get token(): string | undefined {
    return this.#token;
  }

  /** Whether the account's token came from a login of this client, and from nowhere else. */
  get hasOwnToken(): boolean {
    return !this.#isGuest && this.#token !== undefined && this.#token !== this.#givenToken;
  }

  /** Whether `first` depends on what `decide` is told: the status of the name. */
  get isUndecided(): boolean {
    return this.#isNew === undefined && this.#token === undefined;
  }

  decide(status: NameStatus['status']): void {
    this.#isNew = status !== 'account';
  }

  /** Returns the first login request, which catches up from `place` if there is one. */
  first(place: Place | undefined): LoginRequest {
    const { name } = this;
    const follow = this.#follow();
    const password = this.#password;
    if (this.#isGuest && (this.#token === undefined || this.#isForgotten))
      return { kind: 'register', name, ...this.#tokenField(), ...follow };
    const invitation = this.#invitation === undefined ? {} : { invitation: this.#invitation };
    if (this.#isNew === true && password !== undefined)
      return { kind: 'register', name, password, ...follow, ...invitation };
    if (this.#token !== undefined) return { ...this.again(place), ...follow };
    return {
      kind: 'login',
      name,
      ...(password === undefined ? {} : { password }),
      ...since(place),
      ...follow,
    };
  }

  /**
   * Call it when `first` was refused. Returns whether there is something else to try: the password in place of an
   * invalid token; the account that somebody has just created; `later`, the account that somebody may be creating now,
   * for which no password is right yet.
   */
  nextTry({ code }: Failure): 'now' | 'later' | undefined {
    if (this.#isGuest) {
      const isGone =
        this.#token !== undefined && !this.#isForgotten && (code === 403 || code === 404 || code === 426);
      this.#isForgotten ||= isGone;
      return isGone ? 'now' : undefined;
    }
    if ((code === 403 || code === 404) && this.#token !== undefined && this.#password !== undefined) {
      this.#token = undefined;
      return 'now';
    }
    if (code === 401 && this.#isNew === true && this.#undecidedTries > 0) {
      this.#undecidedTries -= 1;
      this.#isNew = undefined;
      return 'now';
    }
    if (code !== 403 || this.#isNew !== false || this.#undecidedTries === 0) return undefined;
    this.#undecidedTries = 0;
    return 'later';
  }

  /** Returns the login request after a reconnect, which catches up from `place`. */
  again(place: Place | undefined): LoginRequest {
    return { kind: 'login', name: this.name, ...this.#tokenField(), ...since(place) };
  }

  /** Call it when `again` was refused. Returns another login request to try, or undefined. */
  instead(refused: Failure, place: Place | undefined): LoginRequest | undefined {
    const { name } = this;
    // Over plain text from another host the server answers an unknown token with 426, as if it were an account's.
    const isGone = refused.code === 403 || refused.code === 404 || (this.#isGuest && refused.code === 426);
    if (!isGone) return undefined;
    // With the old token the server still knows which texts it has stored.
    if (this.#isGuest) return { kind: 'register', name, ...this.#tokenField(), ...this.#follow() };
    // The change of the password removes the token, so a refused token means that it was done.
    const password = this.#nextPassword ?? this.#password;
    return password === undefined ? undefined : { kind: 'login', name, password, ...since(place) };
  }

  /** The follows that did not fit into the login request. */
  get laterFollows(): readonly string[] {
    return [...(this.#follows ?? [])].slice(this.#firstFollows().length);
  }

  loggedIn({ token }: LoginResult): void {
    this.#token = token;
  }

  /** The password is being changed; undefined when that was refused. */
  changing(password: string | undefined): void {
    this.#nextPassword = password;
  }

  claimed(password: string, token: string): void {
    this.#isGuest = false;
    this.#nextPassword = undefined;
    this.#password = password;
    this.#token = token;
  }

  /** Translates the server's refusal of a login. `status` is that of the name, if it is known. */
  problemOf({ code, reason, retryAfterS }: Failure, status?: NameStatus['status']): ConnectError {
    const [problem, message] = this.#explain(code, status);
    const later = retryAfterS === undefined ? '' : `; try again in ${retryAfterS} s`;
    return new ConnectError(
      problem,
      (message ?? `the server refused ${this.name}: ${reason} (${code})`) + later,
      {
        code,
        retryAfterS,
      },
    );
  }

  #explain(code: number, status: NameStatus['status'] | undefined): [ConnectProblem, string?] {
    const { name } = this;
    switch (code) {
      case 401:
        if (isReservedName(name)) return ['taken', `the name ${name} is reserved`];
        return ['taken', this.#isNew === true ? `${name} is taken already` : `somebody is online as ${name}`];
      case 403:
        if (!this.#isGuest && status !== undefined && status !== 'account') {
          return ['no-such-account', `there is no account ${name}`];
        }
        return this.#isGuest
          ? ['password-needed', `${name} has an account and needs its password`]
          : ['wrong-password', `the password or the token is not that of ${name}`];
      case 426:
        return ['tls-required', 'the server takes no password over an unencrypted connection'];
      case 429:
      case 503:
      case 507:
        return ['busy'];
      case 400:
      case 422:
        return ['invalid'];
      default:
        return ['refused'];
    }
  }

  /** Keeps the follows that the server reports, without `@all` and the user's own name, which every user follows. */
  learn(terms: readonly string[]): void {
    this.#follows = new Set(terms.filter((term) => term !== '@all' && term !== `@${this.name}`));
  }

  followed(term: string): void {
    this.#follows?.add(term);
  }

  unfollowed(term: string): void {
    this.#follows?.delete(term);
  }

  #tokenField(): { readonly token?: string } {
    return this.#token === undefined ? {} : { token: this.#token };
  }

  #follow(): { readonly follow?: readonly string[] } {
    return this.#follows === undefined ? {} : { follow: this.#firstFollows() };
  }

  #firstFollows(): readonly string[] {
    const first: string[] = [];
    let bytes = encodeUtf8('Follow:').length;
    for (const term of this.#follows ?? []) {
      bytes += encodeUtf8(`, ${term}`).length;
      if (bytes > maxFollowBytes) break;
      first.push(term);
    }
    return first;
  }
}

function since(place: Place | undefined): { readonly since?: number; readonly epoch?: string } {
  return place === undefined ? {} : { since: place.position, epoch: place.epoch };
}
