import { startThread, type Thread } from '../sqlite/thread.ts';
import { ThreadCalls } from '../sqlite/thread-calls.ts';
import { AccountsOpenError, NotWrittenError } from './accounts.ts';
import type { Calls, FromStore, ToStore, WorkerOptions } from './worker-messages.ts';

/** The thread with the rows, as the main thread sees it: the same calls, answered later, in order. */
export class StoreThread {
  readonly #thread: Thread<ToStore, FromStore>;
  readonly #onFailure: (error: Error) => void;
  readonly #calls: ThreadCalls<Calls>;
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
    this.#calls = new ThreadCalls((call) => thread.tell(call));
    thread.listen((message) => this.#onMessage(message));
    void thread.ended.then(({ error }) => {
      if (!this.#calls.hasEnded || error !== undefined) {
        this.#fail(error ?? new Error('the thread of the accounts ended'));
      }
    });
  }

  /** Rejects with a `NotWrittenError`, and with another error when nothing is to be had from the storage any more. */
  call<Method extends keyof Calls>(
    method: Method,
    ...values: Parameters<Calls[Method]>
  ): Promise<ReturnType<Calls[Method]>> {
    return this.#calls.call(method, ...values);
  }

  /** Ends the thread once it has answered what was asked before: it takes one message after another. */
  async close(): Promise<void> {
    if (!this.#calls.hasEnded) {
      this.#calls.end(new Error('the accounts are closed'));
      this.#thread.tell({ kind: 'close' });
    }
    await this.#thread.ended;
  }

  #onMessage(message: FromStore): void {
    if (message.kind === 'answer') this.#calls.resolve(message);
    else if (message.kind === 'notWritten')
      this.#calls.reject(message.id, new NotWrittenError(message.reason));
    else if (message.kind === 'failed') this.#fail(message.error);
  }

  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#thread.terminate();
    this.#calls.fail(error);
    this.#onFailure(error);
  }
}
