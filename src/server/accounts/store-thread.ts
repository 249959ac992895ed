import { startThread, type Thread } from '../sqlite/thread.ts';
import { AccountsOpenError, NotWrittenError } from './accounts.ts';
import type { Calls, FromStore, ToStore, WorkerOptions } from './worker-messages.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The thread with the rows, as the main thread sees it: the same calls, answered later, in order. */
export class StoreThread {
  readonly #thread: Thread<ToStore, FromStore>;
  readonly #onFailure: (error: Error) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Why no more is asked. */
  #ended: Error | undefined;
  #hasFailed = false;

  /** Rejects with an `AccountsOpenError`. `onFailure` is called at most once, when the storage has failed. */
  static async open(
    options: WorkerOptions,
    onFailure: (error: Error) => void,
  ): Promise<{ readonly store: StoreThread; readonly names: readonly string[] }> {
    const thread = startThread<ToStore, FromStore>(import.meta.url, 'account-worker', 'accounts', options);
    const first = await Promise.race([
      new Promise<FromStore>((resolve) => thread.listen(resolve)),
      thread.ended.then(({ error }) => error),
    ]);
    if (first instanceof Error || first?.kind !== 'opened') {
      thread.terminate();
      await thread.ended;
      const problem = first instanceof Error ? first.message : first?.kind === 'cannotOpen' && first.problem;
      throw new AccountsOpenError(problem || 'the accounts cannot be opened');
    }
    return { store: new StoreThread(thread, onFailure), names: first.names };
  }

  private constructor(thread: Thread<ToStore, FromStore>, onFailure: (error: Error) => void) {
    this.#thread = thread;
    this.#onFailure = onFailure;
    thread.listen((message) => this.#onMessage(message));
    void thread.ended.then(({ error }) => {
      if (this.#ended === undefined || error !== undefined) {
        this.#fail(error ?? new Error('the thread of the accounts ended'));
      }
    });
  }

  /** Rejects with a `NotWrittenError`, and with another error when nothing is to be had from the storage any more. */
  call<Method extends keyof Calls>(
    method: Method,
    ...values: Parameters<Calls[Method]>
  ): Promise<ReturnType<Calls[Method]>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#thread.tell({ kind: 'call', id, method, values });
    }) as Promise<ReturnType<Calls[Method]>>;
  }

  /** Ends the thread once it has answered what was asked before: it takes one message after another. */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = new Error('the accounts are closed');
      this.#thread.tell({ kind: 'close' });
    }
    await this.#thread.ended;
  }

  #onMessage(message: FromStore): void {
    if (message.kind === 'failed') {
      this.#fail(message.error);
      return;
    }
    if (!('id' in message)) return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(new NotWrittenError(message.reason));
  }

  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#ended = error;
    this.#thread.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#onFailure(error);
  }
}
