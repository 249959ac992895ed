/** What the main thread asks an object in a worker thread to do: `M` has its methods. */
export interface Call<M> {
  readonly kind: 'call';
  readonly id: number;
  readonly method: keyof M;
  readonly values: readonly unknown[];
}

/** What a method returned. */
export interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  readonly value: unknown;
}

type Methods<M> = { readonly [Name in keyof M]: (...values: never[]) => unknown };

/** The main thread's side of calls to a worker thread: each is answered later, in the order of the calls. */
export class ThreadCalls<M extends Methods<M>> {
  readonly #tell: (call: Call<M>) => void;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  /** Why no more is asked. */
  #ended: Error | undefined;

  constructor(tell: (call: Call<M>) => void) {
    this.#tell = tell;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Resolves with what the method returns there. Rejects as `reject` says, or with the reason of `end` or `fail`. */
  call<Name extends keyof M>(method: Name, ...values: Parameters<M[Name]>): Promise<ReturnType<M[Name]>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    this.#tell({ kind: 'call', id, method, values });
    return pending.promise as Promise<ReturnType<M[Name]>>;
  }

  resolve({ id, value }: Answer): void {
    this.#take(id)?.resolve(value);
  }

  reject(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** Takes no more calls; those that were made are still answered. */
  end(reason: Error): void {
    this.#ended ??= reason;
  }

  /** Takes no more calls, and rejects those that wait. */
  fail(error: Error): void {
    this.#ended = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #take(id: number): PromiseWithResolvers<unknown> | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}

/** The worker's side: does what is asked. That there is such a method, and takes these values, the compiler has checked. */
export function answerTo<M extends Methods<M>>(methods: M, { id, method, values }: Call<M>): Answer {
  return { kind: 'answer', id, value: Reflect.apply(methods[method], methods, values) };
}
