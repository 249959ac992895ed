import { startThread, type Thread } from '../sqlite/thread.ts';
import { ThreadCalls } from '../sqlite/thread-calls.ts';
import { AccountsOpenError, NotWrittenError } from './accounts.ts';
import type { Calls, FromStore, ToStore, WorkerOptions } from './worker-messages.ts';

/** The accounts' worker thread, as the main thread sees it: the same calls, answered later, in order. */
export class StoreThread {
  readonly #onFailure: (error: Error) => void;
  readonly #calls: ThreadCalls<Calls>;

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
    this.#onFailure = onFailure;
    this.#calls = new ThreadCalls(thread, {
      name: 'accounts',
      closed: 'the accounts are closed',
      onCrash: (error) => this.#fail(error),
    });
    thread.listen((message) => this.#onMessage(message));
  }

  /** Rejects with a `NotWrittenError`; with another error once the storage has failed or `close` began. */
  call<Method extends keyof Calls>(
    method: Method,
    ...values: Parameters<Calls[Method]>
  ): Promise<ReturnType<Calls[Method]>> {
    return this.#calls.call(method, ...values);
  }

  /** Resolves when earlier calls are answered and the thread has ended. */
  close(): Promise<void> {
    return this.#calls.close();
  }

  #onMessage(message: FromStore): void {
    if (message.kind === 'answer') this.#calls.resolve(message);
    else if (message.kind === 'notWritten')
      this.#calls.reject(message.id, new NotWrittenError(message.reason));
    else if (message.kind === 'failed') this.#fail(message.error);
  }

  #fail(error: Error): void {
    this.#calls.fail(error);
    this.#onFailure(error);
  }
}
