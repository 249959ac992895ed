import type { Request } from '../../protocol/chat11/request.ts';
import type { AnsweredKind, Failure, Response, ResponseTo } from '../../protocol/chat11/response.ts';
import { term as termValue } from '../../protocol/chat11/values.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import type { Audience, Device, Gap, History, HistoryOptions } from '../client.ts';
import { LostError, RefusedError } from '../errors.ts';
import { checkText } from '../sendable.ts';
import type { Chat11Connection, Replayed } from './chat11-connection.ts';
import type { Credentials } from './credentials.ts';
import { entryOf } from './inbox.ts';

/** The requests that do not wait for a connection: without one they reject with `LostError`. */
export class Requests {
  readonly #credentials: Credentials;
  readonly #onToken: () => void;
  #connection: Chat11Connection | undefined;
  #isOver = false;

  /** `onToken` is called when there is another token. */
  constructor(credentials: Credentials, onToken: () => void) {
    this.#credentials = credentials;
    this.#onToken = onToken;
  }

  /** Logged in over `connection`; `isFirst`: for the first time. */
  start(connection: Chat11Connection, isFirst: boolean): void {
    this.#connection = connection;
    const { isGuest, laterFollows } = this.#credentials;
    for (const term of laterFollows) connection.ask({ kind: 'follow', term }, () => {});
    // A guest whom the server has forgotten registers again with these.
    if (isGuest && isFirst) this.follows().catch(() => {});
  }

  stop(): void {
    this.#connection = undefined;
  }

  end(): void {
    this.#connection = undefined;
    this.#isOver = true;
  }

  async list(): Promise<readonly string[]> {
    return (await this.#request({ kind: 'list' })).names;
  }

  async follow(term: string, since: number | undefined): Promise<History> {
    checkedTerm(term);
    const history = await this.#replayed({ kind: 'follow', term, ...(since === undefined ? {} : { since }) });
    this.#credentials.followed(term);
    return history;
  }

  async unfollow(term: string): Promise<void> {
    await this.#request({ kind: 'unfollow', term: checkedTerm(term) });
    this.#credentials.unfollowed(term);
  }

  async follows(): Promise<readonly string[]> {
    const { terms, phrases = [] } = await this.#request({ kind: 'follows' });
    const all = [...terms, ...phrases];
    this.#credentials.learn(all);
    return all;
  }

  async history(options: HistoryOptions): Promise<History> {
    if (options.match !== undefined) checkedTerm(options.match);
    return this.#replayed({ kind: 'history', ...options });
  }

  async audience(text: string): Promise<Audience> {
    checkText(text);
    const { people, few, terms } = await this.#request({ kind: 'audience', text });
    return { people, isFew: few, terms };
  }

  async claim(password: string): Promise<void> {
    const { name } = this.#credentials;
    checkPassword(password);
    const { token } = await this.#request({ kind: 'register', name, password });
    this.#credentials.claimed(password, token);
    this.#onToken();
  }

  async changePassword(old: string, password: string): Promise<void> {
    checkPassword(password);
    this.#credentials.changing(password);
    try {
      const { token } = await this.#request({ kind: 'password', old, password });
      this.#credentials.claimed(password, token);
    } catch (error) {
      if (error instanceof RefusedError) this.#credentials.changing(undefined);
      throw error;
    }
    this.#onToken();
  }

  async devices(): Promise<readonly Device[]> {
    return (await this.#request({ kind: 'devices' })).devices;
  }

  async revokeDevice(device: number): Promise<void> {
    await this.#request({ kind: 'revoke', device });
  }

  async #request<Kind extends AnsweredKind>(
    request: Request & { readonly kind: Kind },
    onReplay?: (event: Replayed) => void,
  ): Promise<ResponseTo<Kind>> {
    if (this.#isOver) throw new LostError('closed', 'The client is closed');
    if (this.#connection === undefined)
      throw new LostError('offline', 'There is no connection now; try again later');
    const answer = await this.#connection.request<Kind>(request, onReplay);
    if (answer === undefined) throw new LostError('unknown', 'The connection broke before the answer');
    if (isFailure(answer)) throw new RefusedError(answer.code, answer.reason, answer.retryAfterS);
    return answer as ResponseTo<Kind>;
  }

  async #replayed(request: Request & { readonly kind: 'history' | 'follow' }): Promise<History> {
    const entries: History['entries'][number][] = [];
    const gaps: Gap[] = [];
    await this.#request<'history' | 'follow'>(request, (event) => {
      if (event.kind === 'gap') gaps.push({ from: event.from, to: event.to });
      else entries.push(entryOf(event, this.#credentials.name));
    });
    return { entries, gaps };
  }
}

/** Returns `term`. Throws `RefusedError` when it is invalid. */
function checkedTerm(term: string): string {
  if (termValue.parse(term) === undefined) throw new RefusedError(422, 'That is not a term');
  return term;
}

function checkPassword(password: string): void {
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new RefusedError(422, problem);
}

const isFailure = (answer: Response | Failure): answer is Failure => answer.kind === 'failure';
