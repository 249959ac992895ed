import type { Thread } from './thread.ts';

/** A call of a method of `M`, from the main thread to a worker. */
export interface Call<M> {
  readonly kind: 'call';
  readonly id: number;
  readonly method: keyof M;
  readonly values: readonly unknown[];
}

/** What the method returned. */
export interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  readonly value: unknown;
}

/** Sent after the last call: the worker releases what it holds and ends. */
export interface Close {
  readonly kind: 'close';
}

type Methods<M> = { readonly [Name in keyof M]: (...values: never[]) => unknown };

interface Options {
  /** The thread's name, for errors: `log reader`. */
  readonly name: string;
  /** The message of errors after `close`: `the log is closed`. */
  readonly closed: string;
  /** Called when the thread ends before `close` or with an error, except after `fail`. The owner must then `fail`. */
  readonly onCrash: (error: Error) => void;
}

type CallThread<M> = Pick<Thread<Call<M> | Close, never>, 'tell' | 'ended' | 'terminate'>;

/**
 * The main thread's side of calls to a worker thread, which answers them in order. The owner receives the thread's messages
 * and forwards each answer to `resolve` or `reject`.
 */
export class ThreadCalls<M extends Methods<M>> {
  readonly #thread: CallThread<M>;
  readonly #closed: string;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  /** Why there are no more calls. */
  #refusal: Error | undefined;
  #hasFailed = false;

  constructor(thread: CallThread<M>, { name, closed, onCrash }: Options) {
    this.#thread = thread;
    this.#closed = closed;
    void thread.ended.then(({ error }) => {
      if (this.#hasFailed) return;
      if (this.#refusal === undefined || error !== undefined)
        onCrash(error ?? new Error(`the ${name} thread ended`));
    });
  }

  /** Resolves with what the method returns there. Rejects with the error of `reject` or `fail`, and after `close`. */
  call<Name extends keyof M>(method: Name, ...values: Parameters<M[Name]>): Promise<ReturnType<M[Name]>> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    const id = ++this.#lastId;
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    this.#thread.tell({ kind: 'call', id, method, values });
    return pending.promise as Promise<ReturnType<M[Name]>>;
  }

  resolve({ id, value }: Answer): void {
    this.#take(id)?.resolve(value);
  }

  reject(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** Refuses further calls. Resolves when earlier ones are answered and the thread has ended. Idempotent. */
  async close(): Promise<void> {
    if (this.#refusal === undefined) {
      this.#refusal = new Error(this.#closed);
      this.#thread.tell({ kind: 'close' });
    }
    await this.#thread.ended;
  }

  /** Refuses further calls, rejects pending ones and terminates the thread. */
  fail(error: Error): void {
    this.#refusal = error;
    this.#hasFailed = true;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#thread.terminate();
  }

  #take(id: number): PromiseWithResolvers<unknown> | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}

/** The worker's side: runs the call. The compiler has checked that the method exists and takes these values. */
export function answerTo<M extends Methods<M>>(methods: M, { id, method, values }: Call<M>): Answer {
  return { kind: 'answer', id, value: Reflect.apply(methods[method], methods, values) };
}
