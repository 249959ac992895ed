import type { Entry } from '../messages/entry.ts';
import type { Thread } from '../sqlite/thread.ts';
import { ThreadCalls } from '../sqlite/thread-calls.ts';
import type { Query } from './log.ts';
import type { PageRead } from './reader.ts';
import { entriesOf } from './rows.ts';
import type { FromReader, ReaderCalls, ToReader } from './worker-messages.ts';

/** The questions that are with the reader thread. */
export class Reads {
  readonly #worker: Thread<ToReader, FromReader>;
  readonly #calls: ThreadCalls<ReaderCalls>;

  /** `onFailure` is called when the thread ends unasked, and when what it reads is damaged. */
  constructor(worker: Thread<ToReader, FromReader>, onFailure: (error: Error) => void) {
    this.#worker = worker;
    this.#calls = new ThreadCalls((call) => worker.tell(call));
    worker.listen((message) => {
      if (message.kind === 'answer') this.#calls.resolve(message);
      else if (message.kind === 'readFailed') {
        this.#calls.reject(message.id, message.error);
        if (message.isDamage) onFailure(message.error);
      }
    });
    void worker.ended.then(({ error }) => {
      if (!this.#calls.hasEnded || error !== undefined)
        onFailure(error ?? new Error("the log's reader thread ended"));
    });
  }

  /** What was committed at or before `head`, and what the log had pruned then. */
  async page(query: Query, head: number): Promise<PageRead> {
    const { cells, through, prunedThrough } = await this.#calls.call('page', query, head);
    return { page: { entries: entriesOf(cells), through }, prunedThrough };
  }

  attachmentBytesSince(sender: string, sinceMs: number): Promise<number> {
    return this.#calls.call('attachmentBytesSince', sender, sinceMs);
  }

  attachment(fileId: string, head: number): Promise<Entry | undefined> {
    return this.#calls.call('attachment', fileId, head);
  }

  positionOf(sender: string, retryId: string, head: number): Promise<number | undefined> {
    return this.#calls.call('positionOf', sender, retryId, head);
  }

  /** Ends the thread once it has answered what was asked before: it takes one message after another. */
  async close(): Promise<void> {
    if (!this.#calls.hasEnded) {
      this.#calls.end(new Error('the log is closed'));
      this.#worker.tell({ kind: 'close' });
    }
    await this.#worker.ended;
  }

  /** Answers nothing any more. */
  fail(error: Error): void {
    this.#calls.fail(error);
    this.#worker.terminate();
  }
}
