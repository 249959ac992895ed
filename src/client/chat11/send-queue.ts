import type { RequestOf } from '../../protocol/chat11/request.ts';
import type { Failure } from '../../protocol/chat11/response.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import { askedMs } from '../back-off.ts';
import type { SendOptions, Sent } from '../client.ts';
import { LostError, RefusedError } from '../errors.ts';
import { cancellable, checkWaiting } from '../sendable.ts';

export type Draft =
  | Omit<RequestOf<'send'>, 'id'>
  | Omit<RequestOf<'broadcast'>, 'id'>
  | Omit<RequestOf<'sendto'>, 'id'>;

export type Post = Draft & { readonly id: string };

/** The response to a post; undefined when the connection ended before it. */
export type PostAnswer = { readonly position: number; readonly reached: number } | Failure | undefined;

/** Writes a post to a connection, and calls `onAnswer` with its response. */
export type WritePost = (post: Post, onAnswer: (answer: PostAnswer) => void) => void;

export interface SendQueueOptions {
  readonly clock: Clock;
  /** The prefix of the posts' ids, by which the server dedupes repeated texts. */
  readonly idPrefix: string;
  /** A text is stored at `position`. Called before its promise resolves, and before anything later is read. */
  readonly onStored: (position: number) => void;
}

interface Line {
  readonly post: Post;
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: Error) => void;
  isUnderWay: boolean;
  /** It was in flight when a connection broke: the server may have stored it. */
  isRepeated: boolean;
}

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

/**
 * The texts to send, in order. One is in flight at a time: with several, the server might refuse one for the moment and
 * store the next before it. When the connection breaks, a text without a response is sent again on the next connection
 * with the same id, so that the server stores it once. After a temporary refusal it is retried with back-off.
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

  /** Whether a text may be stored at a position that is not known yet. */
  get isUnsure(): boolean {
    const [line] = this.#lines;
    return line !== undefined && (line.isUnderWay || line.isRepeated);
  }

  /**
   * Queues a text. Resolves when it is stored. Rejects with `LostError` when the queue is full, and with the reason of
   * `signal` when that aborts before the text was ever under way.
   */
  async post(draft: Draft, { signal, id, isRepeat = false }: SendOptions = {}): Promise<Sent> {
    signal?.throwIfAborted();
    checkWaiting(this.#lines.length);
    this.#count += 1;
    const post: Post = { ...draft, id: id ?? `${this.#options.idPrefix}.${this.#count}` };
    const { promise, resolve, reject } = Promise.withResolvers<Sent>();
    const line: Line = { post, resolve, reject, isUnderWay: false, isRepeated: isRepeat };
    this.#lines.push(line);
    this.#send();
    return signal === undefined ? promise : cancellable(promise, signal, () => this.#cancel(line, signal));
  }

  #cancel(line: Line, signal: AbortSignal): void {
    if (line.isUnderWay || line.isRepeated) return;
    this.#lines = this.#lines.filter((other) => other !== line);
    line.reject(signal.reason);
  }

  /** Logged in: sends over `write`. */
  start(write: WritePost): void {
    this.#write = write;
    this.#send();
  }

  /** The connection ended: a text in flight is sent again on the next one. */
  stop(): void {
    this.#write = undefined;
    this.#retry?.cancel();
    this.#retry = undefined;
    const [line] = this.#lines;
    if (line === undefined) return;
    line.isRepeated ||= line.isUnderWay;
    line.isUnderWay = false;
  }

  /** The server has forgotten the ids. Rejects texts that may be stored, as repeating them could store them twice. */
  forgetRepeated(): void {
    const repeated = this.#lines.filter(({ isRepeated }) => isRepeated);
    this.#lines = this.#lines.filter(({ isRepeated }) => !isRepeated);
    for (const { reject } of repeated) {
      reject(
        new LostError('unknown', 'The connection broke before the answer: it may have been sent, or not'),
      );
    }
  }

  /** Rejects all texts; `why` begins the errors' messages. */
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

/** Whether a refusal is temporary: the rate limit, a server that cannot store now, a full disk. */
function isForNow(code: number): boolean {
  return code === 429 || code === 503 || code === 507;
}

/** Returns 64 random bits in hexadecimal digits, so that no two clients use the same ids. */
export function newIdPrefix(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
