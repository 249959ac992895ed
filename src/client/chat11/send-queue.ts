import type { RequestOf } from '../../protocol/chat11/request.ts';
import type { Failure } from '../../protocol/chat11/response.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import { askedMs } from '../back-off.ts';
import type { Sent } from '../client.ts';
import { LostError, RefusedError } from '../errors.ts';
import { checkWaiting } from '../sendable.ts';

export type Draft =
  | Omit<RequestOf<'send'>, 'id'>
  | Omit<RequestOf<'broadcast'>, 'id'>
  | Omit<RequestOf<'sendto'>, 'id'>;

export type Post = Draft & { readonly id: string };

/** The answer to a post; undefined when the connection ended before. */
export type PostAnswer = { readonly position: number; readonly reached: number } | Failure | undefined;

/** Puts a post on a connection, whose answers come in the order of the posts. */
export type WritePost = (post: Post, onAnswer: (answer: PostAnswer) => void) => void;

export interface SendQueueOptions {
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

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

/**
 * The texts that wait for the server's answer, in order. Each goes out when the one before it is answered: side by side,
 * the server might refuse one for now and take the next, which would then stand before it. A text goes out again on the
 * next connection when one breaks, with the same id, so that it is stored once, and later when the server cannot take it
 * for now.
 */
export class SendQueue {
  readonly #options: SendQueueOptions;
  #lines: Line[] = [];
  #count = 0;
  #write: WritePost | undefined;
  #retry: Timer | undefined;
  #retries = 0;

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#lines.length;
  }

  /** Whether something may be stored of which the position is not known yet. */
  get isUnsure(): boolean {
    return this.#lines[0]?.isRepeated ?? false;
  }

  /** Resolves when the text is stored. Rejects with `LostError` when too many wait already. */
  async post(draft: Draft): Promise<Sent> {
    checkWaiting(this.#lines.length);
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
    const [line] = this.#lines;
    if (line === undefined) return;
    line.isRepeated ||= line.isUnderWay;
    line.isUnderWay = false;
  }

  /** The server does not know any more whom the ids belong to: what may be stored cannot be repeated. */
  forgetRepeated(): void {
    if (!this.isUnsure) return;
    this.#lines
      .shift()
      ?.reject(
        new LostError('unknown', 'The connection broke before the answer: it may have been sent, or not'),
      );
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
    const [line] = this.#lines;
    if (this.#write === undefined || this.#retry !== undefined || line === undefined || line.isUnderWay)
      return;
    line.isUnderWay = true;
    this.#write(line.post, (answer) => {
      if (answer !== undefined) this.#onAnswer(line, answer);
    });
  }

  #onAnswer(line: Line, answer: Exclude<PostAnswer, undefined>): void {
    line.isUnderWay = false;
    if ('code' in answer && isForNow(answer.code)) {
      this.#sendLater(answer.retryAfterS);
      return;
    }
    this.#lines.shift();
    this.#retries = 0;
    if ('code' in answer) {
      line.reject(new RefusedError(answer.code, answer.reason, answer.retryAfterS));
    } else {
      this.#options.onStored(answer.position);
      line.resolve({ position: answer.position, reached: answer.reached });
    }
    this.#send();
  }

  #sendLater(retryAfterS: number | undefined): void {
    const ownMs = Math.min(maxRetryMs, firstRetryMs * 2 ** this.#retries);
    this.#retries += 1;
    this.#retry = this.#options.clock.after(retryAfterS === undefined ? ownMs : askedMs(retryAfterS), () => {
      this.#retry = undefined;
      this.#send();
    });
  }
}

/** Too fast, cannot store now, full: the same text may be taken later. */
function isForNow(code: number): boolean {
  return code === 429 || code === 503 || code === 507;
}

/** 64 random bits: no two clients number their texts alike. */
export function newIdPrefix(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
