import type { Clock, Timer } from '../../clock.ts';
import type { RequestOf } from '../../protocol/chat11/request.ts';
import type { Failure } from '../../protocol/chat11/response.ts';
import type { Sent } from '../client.ts';
import { LostError, RefusedError } from '../errors.ts';

export type Draft =
  | Omit<RequestOf<'send'>, 'id'>
  | Omit<RequestOf<'broadcast'>, 'id'>
  | Omit<RequestOf<'sendto'>, 'id'>;

export type Post = Draft & { readonly id: string };

/** The answer to a post; undefined when the connection ended before. */
export type PostAnswer = { readonly position: number; readonly reached: number } | Failure | undefined;

/** Puts a post on a connection, whose answers come in the order of the posts. */
export type WritePost = (post: Post, onAnswer: (answer: PostAnswer) => void) => void;

export interface CourierOptions {
  readonly clock: Clock;
  /** In front of the numbers by which the server tells a repeated text from a new one. */
  readonly idPrefix: string;
  /** A text stands at this position. Before its promise resolves, and before anything behind the answer is read. */
  readonly onStored: (position: number) => void;
}

interface Line {
  readonly post: Post;
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: Error) => void;
  isUnderWay: boolean;
  /** It was on its way when a connection broke: the server may have it. */
  isRepeated: boolean;
}

const mostLines = 1_000;
const mostUnderWay = 32;
const firstRetryMs = 1_000;
const mostRetryMs = 30_000;

/**
 * The texts that wait for the server's answer, in order. They go out side by side, and again on the next connection
 * when one breaks, with the same id, so that each is stored once. What the server cannot take for now is sent again
 * later, one at a time: side by side it might take the second and not the first.
 */
export class Courier {
  readonly #options: CourierOptions;
  #lines: Line[] = [];
  #count = 0;
  #write: WritePost | undefined;
  #retry: Timer | undefined;
  #retries = 0;
  /** Set while the server refuses for now: nothing new goes out until everything under way is answered. */
  #retryMs: number | undefined;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#lines.length;
  }

  /** Whether something may be stored of which the position is not known yet. */
  get isUnsure(): boolean {
    return this.#lines.some((line) => line.isRepeated);
  }

  /** Resolves when the text is stored. */
  post(draft: Draft): Promise<Sent> {
    if (this.#lines.length >= mostLines) {
      return Promise.reject(
        new LostError('too-many', `${mostLines} lines wait to be sent already; this one was not taken`),
      );
    }
    this.#count += 1;
    const post: Post = { ...draft, id: `${this.#options.idPrefix}.${this.#count}` };
    return new Promise((resolve, reject) => {
      this.#lines.push({ post, resolve, reject, isUnderWay: false, isRepeated: false });
      this.#send();
    });
  }

  /** There is a connection. */
  start(write: WritePost): void {
    this.#write = write;
    this.#send();
  }

  /** The connection is gone: what it did not answer goes out again on the next. */
  stop(): void {
    this.#write = undefined;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#retryMs = undefined;
    for (const line of this.#lines) {
      line.isRepeated ||= line.isUnderWay;
      line.isUnderWay = false;
    }
  }

  /** The server does not know any more whom the ids belong to: what may be stored cannot be repeated. */
  forgetRepeated(): void {
    const lost = this.#lines.filter((line) => line.isRepeated);
    this.#lines = this.#lines.filter((line) => !line.isRepeated);
    for (const { reject } of lost) {
      reject(
        new LostError('unknown', 'The connection broke before the answer: it may have been sent, or not'),
      );
    }
  }

  /** Nothing more is sent. */
  end(why: string): void {
    this.stop();
    const left = this.#lines;
    this.#lines = [];
    for (const { reject, isRepeated } of left) {
      reject(
        isRepeated
          ? new LostError('unknown', `${why}: it may have been sent, or not`)
          : new LostError('closed', `${why}: it was not sent`),
      );
    }
  }

  #send(): void {
    const write = this.#write;
    if (write === undefined || this.#retryMs !== undefined) return;
    const most = this.#retries > 0 ? 1 : mostUnderWay;
    let underWay = this.#underWay;
    for (const line of this.#lines) {
      if (underWay >= most) return;
      if (line.isUnderWay) continue;
      line.isUnderWay = true;
      underWay += 1;
      write(line.post, (answer) => {
        if (answer !== undefined) this.#onAnswer(line, answer);
      });
    }
  }

  get #underWay(): number {
    return this.#lines.reduce((count, line) => count + (line.isUnderWay ? 1 : 0), 0);
  }

  #onAnswer(line: Line, answer: Exclude<PostAnswer, undefined>): void {
    line.isUnderWay = false;
    if ('code' in answer && isForNow(answer.code)) this.#holdBack(answer.retryAfterS);
    else {
      this.#lines.splice(this.#lines.indexOf(line), 1);
      if (this.#lines.length === 0) this.#retries = 0;
      if ('code' in answer) {
        line.reject(new RefusedError(answer.code, answer.reason, answer.retryAfterS));
      } else {
        this.#options.onStored(answer.position);
        line.resolve({ position: answer.position, reached: answer.reached });
      }
    }
    if (this.#retryMs === undefined) this.#send();
    else if (this.#underWay === 0) this.#sendAfter(this.#retryMs);
  }

  #holdBack(retryAfterS: number | undefined): void {
    if (this.#retryMs === undefined) this.#retries += 1;
    const ownMs = Math.min(mostRetryMs, firstRetryMs * 2 ** (this.#retries - 1));
    this.#retryMs = retryAfterS === undefined ? ownMs : retryAfterS * 1_000;
  }

  #sendAfter(delayMs: number): void {
    this.#retry ??= this.#options.clock.after(delayMs, () => {
      this.#retry = undefined;
      this.#retryMs = undefined;
      this.#send();
    });
  }
}

/** Too fast, cannot store now, full: the same text may be taken later. */
function isForNow(code: number): boolean {
  return code === 429 || code === 503 || code === 507;
}
