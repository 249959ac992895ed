import type { RequestOf } from '../../protocol/chat11/request.ts';
import type { Failure, ResponseTo } from '../../protocol/chat11/response.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import type { ConnectOptions } from '../client.ts';
import { ConnectError, type ConnectProblem } from '../errors.ts';
import type { Place } from '../host.ts';

export type LoginRequest = (RequestOf<'register'> | RequestOf<'login'>) & {
  readonly kind: 'register' | 'login';
};
export type LoginResult = ResponseTo<'register'> | ResponseTo<'login'>;

/** Before login a line may have 1,024 bytes. */
const maxFollowBytes = 1_000;

/** What lets the user in: at first what was given, from then on the token of the last answer. */
export class Credentials {
  readonly name: string;
  /** What a guest follows; undefined while that is not known. */
  #follows: Set<string> | undefined;
  #isGuest: boolean;
  #password: string | undefined;
  #token: string | undefined;
  readonly #newAccount: boolean;

  constructor({ name, password, newAccount, follow }: ConnectOptions, token: string | undefined) {
    this.name = name;
    this.#follows = follow && new Set(follow);
    this.#isGuest = password === undefined && token === undefined;
    this.#password = password;
    this.#token = token;
    this.#newAccount = newAccount ?? false;
  }

  get isGuest(): boolean {
    return this.#isGuest;
  }

  get token(): string | undefined {
    return this.#token;
  }

  /** For the first time, going on at `place` if there is one. */
  first(place: Place | undefined): LoginRequest {
    const { name } = this;
    const follow = this.#follow();
    const password = this.#password;
    if (this.#isGuest) return { kind: 'register', name, ...follow };
    if (this.#newAccount && password !== undefined) return { kind: 'register', name, password, ...follow };
    if (this.#token !== undefined) return { ...this.again(place), ...follow };
    return {
      kind: 'login',
      name,
      ...(password === undefined ? {} : { password }),
      ...since(place),
      ...follow,
    };
  }

  /** When `first` was refused: whether there is a password to be tried in place of a token that is no more. */
  forgetToken({ code }: Failure): boolean {
    if ((code !== 403 && code !== 404) || this.#token === undefined || this.#password === undefined)
      return false;
    this.#token = undefined;
    return true;
  }

  /** Going on at `place`. */
  again(place: Place | undefined): LoginRequest {
    const token = this.#token === undefined ? {} : { token: this.#token };
    return { kind: 'login', name: this.name, ...token, ...since(place) };
  }

  /** When `again` was refused: another way in, or undefined. */
  instead(refused: Failure, place: Place | undefined): LoginRequest | undefined {
    const { name } = this;
    // From another machine a token that is none is taken for an account's, which wants to be encrypted.
    const isGone = refused.code === 403 || refused.code === 404 || (this.#isGuest && refused.code === 426);
    if (!isGone) return undefined;
    if (this.#isGuest) return { kind: 'register', name, ...this.#follow() };
    const password = this.#password;
    return password === undefined ? undefined : { kind: 'login', name, password, ...since(place) };
  }

  /** What is followed and had no room in the request that lets the user in. */
  get laterFollows(): readonly string[] {
    return [...(this.#follows ?? [])].slice(this.#firstFollows().length);
  }

  loggedIn({ token }: LoginResult): void {
    this.#token = token;
  }

  claimed(password: string, token: string): void {
    this.#isGuest = false;
    this.#password = password;
    this.#token = token;
  }

  /** What a refusal of the first request means. */
  problemOf({ code, reason, retryAfterS }: Failure): ConnectError {
    const [problem, message] = this.#explain(code);
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

  #explain(code: number): [ConnectProblem, string?] {
    const { name } = this;
    switch (code) {
      case 401:
        return ['taken', this.#newAccount ? `${name} is taken already` : `somebody is online as ${name}`];
      case 403:
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

  /** What the server says is followed; `@all` and oneself are followed anyhow. */
  learn(terms: readonly string[]): void {
    this.#follows = new Set(terms.filter((term) => term !== '@all' && term !== `@${this.name}`));
  }

  followed(term: string): void {
    this.#follows?.add(term);
  }

  unfollowed(term: string): void {
    this.#follows?.delete(term);
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
